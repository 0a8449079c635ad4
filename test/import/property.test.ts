/** Whatever a source says, an import neither throws nor makes a file that `foster check` refuses. */
import fc from 'fast-check';
import { test } from 'tap';
import { SOURCES } from './arbitrary-sources.js';
import { imported } from './imported.js';

for (const { kind, files, path } of SOURCES) {
  test(`nothing that a source says makes an import throw, or a file that is refused: ${kind}`, (t) => {
    const isImported = fc.property(files, (given) => {
      imported(given, [path], { from: kind, environment: { X: 'a b' } });
    });
    fc.assert(isImported, { numRuns: 300 });
    t.pass(kind);
    t.end();
  });
}
