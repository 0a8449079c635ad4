/**
 * Both forms of job files: damaged real ones, and new ones made of the words of stanzas. A text is a job file or refused in one of
 * its lines; what is accepted means the same as a file of the other form and back, and is printed in one way.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { checkText } from '../../../build/src/jobfile/check.js';
import { convert } from '../../../build/src/jobfile/convert.js';
import { classMeaning } from '../../../build/test/jobfile/class-meaning.js';
import { jobFiles } from '../../../build/test/jobfile/arbitrary-files.js';
import { exampleJobs, lines } from '../example-jobs.js';
import { damaged } from '../words.js';

const ofForm = (syntax) =>
  fc
    .oneof(
      damaged(
        exampleJobs.filter((job) => job.syntax === syntax).map(({ text }) => text),
        lines,
      ),
      jobFiles[syntax],
    )
    .map((text) => ({ syntax, text }));

export const target = {
  input: fc.oneof(ofForm('conf'), ofForm('ini')),
  examine({ syntax, text }) {
    const checked = checkText(text, 'job', syntax);
    if (checked.ok) compareForms(checked.class, syntax);
    else {
      const last = text.split('\n').length;
      const outside = checked.errors.find(({ line }) => line < 1 || line > last);
      if (outside !== undefined) throw new Error(`an error in line ${outside.line} of ${last}`);
    }
    return checked.ok;
  },
};

function compareForms(job, syntax) {
  const other = syntax === 'ini' ? 'conf' : 'ini';
  let present = job;
  for (const to of [other, syntax]) {
    const text = convert(present, to);
    const again = checkText(text, 'job', to);
    if (!again.ok) throw new Error(`as .${to} it is refused: ${JSON.stringify(again.errors)}\n${text}`);
    present = again.class;
    if (!isDeepStrictEqual(classMeaning(present), classMeaning(job)))
      throw new Error(`as .${to} it says something else:\n${text}`);
    if (convert(present, to) !== text) throw new Error(`as .${to} it is printed in two ways:\n${text}`);
  }
}
