/** Definitions of six kinds: nothing throws, and every job file that comes of them is one (`foster check`). */
import fc from 'fast-check';
import { SOURCES } from '../../../build/test/import/arbitrary-sources.js';
import { imported } from '../../../build/test/import/imported.js';

export const target = {
  input: fc.oneof(
    ...SOURCES.map(({ kind, files, path }) => files.map((given) => ({ kind, path, files: given }))),
  ),
  examine({ kind, path, files }) {
    const { result } = imported(files, [path], { from: kind, environment: { X: 'a b' } });
    return result.jobs.length > 0;
  },
};
