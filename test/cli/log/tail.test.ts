import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { openLog, tail } from '../../../src/cli/log/tail.js';

const directory = mkdtempSync(join(tmpdir(), 'foster-tail-'));
t.teardown(() => rmSync(directory, { recursive: true }));

async function tailOf(paths: readonly string[], count: number) {
  const files = await openLog(paths);
  try {
    return await tail(files, count);
  } finally {
    for (const file of files) await file.close();
  }
}

t.test('gives the last lines of all files together, whatever their lengths', async (t) => {
  const line = fc.string({ unit: fc.constantFrom('a', 'ü', ' '), maxLength: 5 });
  const filesOfLines = fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(filesOfLines, fc.nat(20), async (contents, count) => {
      const paths = contents.map((lines, index) => {
        const path = join(directory, `log.${index}`);
        writeFileSync(path, lines.map((text) => `${text}\n`).join(''));
        return path;
      });
      const { lines } = await tailOf(paths, count);
      t.same(lines, count === 0 ? [] : contents.flat().slice(-count));
    }),
    { numRuns: 50 },
  );
});

t.test('reads no further back than it must, also over blocks', async (t) => {
  const path = join(directory, 'long');
  const text = Array.from({ length: 30_000 }, (_, index) => `line ${index}\n`).join('');
  writeFileSync(path, text);
  const { lines, position } = await tailOf([path], 12_000);
  t.equal(position, text.length);
  t.equal(lines.length, 12_000);
  t.same([lines[0], lines.at(-1)], ['line 18000', 'line 29999']);
});

t.test('a file that has been rotated away counts as empty', async (t) => {
  const path = join(directory, 'there');
  writeFileSync(path, 'one\n');
  t.same((await tailOf([join(directory, 'gone'), path], 5)).lines, ['one']);
});
