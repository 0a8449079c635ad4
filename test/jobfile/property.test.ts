import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { checkText, type Checked } from '../../src/jobfile/check.js';
import { convert } from '../../src/jobfile/convert.js';
import type { Syntax } from '../../src/jobfile/draft.js';
import { jobFiles, trickyText } from './arbitrary-files.js';
import { classMeaning } from './class-meaning.js';

/** 100,000 and more find rarer things; this many finish in seconds. */
const RUNS = Number(process.env['FOSTER_PROPERTY_RUNS'] ?? 2000);

const SYNTAXES: readonly Syntax[] = ['conf', 'ini'];

function meaning(checked: Checked): unknown {
  return checked.ok ? classMeaning(checked.class) : checked.errors;
}

for (const syntax of SYNTAXES) {
  t.test(`any text at all is a .${syntax} file or is refused in one of its lines`, (t) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), trickyText, jobFiles[syntax]),
        (text) => {
          const checked = checkText(text, 'job', syntax);
          if (checked.ok) return;
          const lines = text.split('\n').length;
          for (const { line, message } of checked.errors) {
            if (line < 1 || line > lines || message === '')
              throw new Error(`line ${line} of ${lines}: "${message}"`);
          }
        },
      ),
      { numRuns: RUNS },
    );
    t.end();
  });

  t.test(`what a .${syntax} file says survives conversion to either form, there and back`, (t) => {
    let accepted = 0;
    fc.assert(
      fc.property(jobFiles[syntax], (text) => {
        const original = checkText(text, 'job', syntax);
        if (!original.ok) return;
        accepted++;
        let job = original.class;
        // into its own form, into the other, and back from there
        for (const to of [syntax, syntax === 'ini' ? 'conf' : 'ini', syntax] as const) {
          const converted = checkText(convert(job, to), 'job', to);
          if (!isDeepStrictEqual(meaning(converted), classMeaning(original.class)))
            throw new Error(convert(job, to));
          if (converted.ok) job = converted.class;
        }
      }),
      { numRuns: RUNS },
    );
    t.ok(accepted > RUNS / 20, `${accepted} of ${RUNS} texts were job files`);
    t.end();
  });
}
