/**
 * Directories of job files and overrides. Nothing throws, reading them twice gives the same, an error names a file that is there, an
 * override with an error changes nothing, and an empty one changes nothing either.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { applyOverride } from '../../../build/src/jobfile/files/override.js';
import { loadDirectories } from '../../../build/src/jobfile/files/load.js';
import { jobFiles } from '../../../build/test/jobfile/arbitrary-files.js';
import { exampleJobs, lines } from '../example-jobs.js';
import { damaged, oddText } from '../words.js';

const conf = exampleJobs.filter(({ syntax }) => syntax === 'conf').map(({ text }) => text);
const text = fc.oneof(damaged(conf, lines), jobFiles.conf, jobFiles.ini);
const name = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('a', 'b', '.hidden', 'a.b', 'sub'),
      oddText.filter((word) => !/[/\0]/.test(word)),
    ),
    fc.constantFrom('.conf', '.ini', '.override', '.conf~', ''),
  )
  .map((parts) => parts.join(''))
  .filter((word) => word !== '' && word !== '.' && word !== '..');

export const target = {
  input: fc.record({
    first: fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true }),
    second: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
    override: text,
  }),
  examine({ first, second, override }) {
    const files = new Map([
      ...Object.entries(first).map(([file, content]) => [`/1/${file}`, content]),
      ...Object.entries(second).map(([file, content]) => [`/2/${file}`, content]),
    ]);
    const reader = readerOf(files);
    const loaded = loadDirectories(['/1', '/2', '/missing'], reader);
    if (!isDeepStrictEqual(loaded, loadDirectories(['/1', '/2', '/missing'], reader)))
      throw new Error('reading them twice gives two things');
    for (const file of loaded.files) {
      if (!files.has(file.path)) throw new Error(`there is no file ${file.path}`);
      for (const error of file.errors)
        if (!files.has(error.file)) throw new Error(`an error in ${error.file}, which is not there`);
      if (file.class !== undefined) examineOverride(file.class, override);
    }
    return loaded.files.some((file) => file.class !== undefined);
  },
};

function examineOverride(job, text) {
  const changed = applyOverride(job, text, '/o.override');
  if (changed.errors.length > 0 && changed.class !== job)
    throw new Error('an override with an error has changed the job');
  const unchanged = applyOverride(job, '# nothing\n', '/o.override');
  if (!isDeepStrictEqual({ ...unchanged.class, source: job.source }, job))
    throw new Error('an empty override changes the job');
}

function readerOf(files) {
  return {
    list: (directory) => {
      const below = `${directory}/`;
      const names = [...files.keys()]
        .filter((path) => path.startsWith(below))
        .map((path) => path.slice(below.length));
      if (names.length === 0) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
      return names.map((one) => ({ name: one, kind: 'file' }));
    },
    read: (path) => files.get(path),
    identity: (directory) => directory,
  };
}
