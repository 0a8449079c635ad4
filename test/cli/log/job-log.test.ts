import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { LinuxFiles } from '../../../src/kernel/files/files.js';
import { JobLog } from '../../../src/cli/log/job-log.js';
import type { Wanted } from '../../../src/cli/log/range.js';
import { LogFile } from '../../../src/supervisor/output/log-file.js';

const directory = mkdtempSync(join(tmpdir(), 'foster-tail-'));
t.teardown(() => rmSync(directory, { recursive: true }));

const indexes = join(directory, 'indexes');

const ALL: Wanted = { since: undefined, until: undefined, lines: undefined };

/** Lines, and runs as `<started 12>`. */
function linesOf(files: readonly string[], wanted: Partial<Wanted>): readonly string[] {
  const log = new JobLog({ title: 'web', name: 'web', instance: '', stream: undefined, files, indexes });
  try {
    const lines: string[] = [];
    for (const item of log.items({ ...ALL, ...wanted }, { unfinished: true }))
      lines.push(item.kind === 'line' ? item.line.toString('utf8') : `<${item.event.kind}>`);
    return lines;
  } finally {
    log.close();
  }
}

t.test('gives the last lines of all files together, whatever their lengths', (t) => {
  const line = fc.string({ unit: fc.constantFrom('a', 'ü', ' '), maxLength: 5 });
  const filesOfLines = fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 4 });
  fc.assert(
    fc.property(filesOfLines, fc.nat(20), (contents, count) => {
      const paths = contents.map((lines, index) => {
        const path = join(directory, `log.${index}`);
        writeFileSync(path, lines.map((text) => `${text}\n`).join(''));
        return path;
      });
      t.same(linesOf(paths, { lines: count }), count === 0 ? [] : contents.flat().slice(-count));
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('the last lines are found over blocks', (t) => {
  const path = join(directory, 'long');
  writeFileSync(path, Array.from({ length: 30_000 }, (_, index) => `line ${index}\n`).join(''));
  const lines = linesOf([path], { lines: 12_000 });
  t.equal(lines.length, 12_000);
  t.same([lines[0], lines.at(-1)], ['line 18000', 'line 29999']);
  t.end();
});

t.test('a line longer than a block, and one without an end, are lines', (t) => {
  const path = join(directory, 'large');
  const long = 'x'.repeat(700_000);
  writeFileSync(path, `one\n${long}\nend`);
  t.ok(linesOf([path], {}).join() === ['one', long, 'end'].join());
  t.ok(linesOf([path], { lines: 2 }).join() === [long, 'end'].join());
  t.end();
});

t.test('a file that has been rotated away counts as empty; one that was compressed is read', (t) => {
  const path = join(directory, 'there');
  writeFileSync(path, 'one\n');
  writeFileSync(`${path}.1.gz`, gzipSync('zero\n'));
  t.same(linesOf([join(directory, 'gone'), `${path}.1.gz`, path], { lines: 5 }), ['zero', 'one']);
  t.end();
});

t.test('what was written since, or until, a time; with the runs among it', (t) => {
  let now = 1_000_000;
  const path = join(directory, 'timed.log');
  const report = (_: string, text: string): void => void t.fail(text);
  const rotation = { size: 30, count: 5 };
  const file = new LogFile({ path, indexes, files: new LinuxFiles(), report, rotation, now: () => now });
  file.mark({ kind: 'started', pid: 12 });
  for (let n = 0; n < 10; n += 1) {
    // a line comes in two parts: the time of the first is its time
    file.append(Buffer.from(`line ${n} `));
    now += 500;
    file.append(Buffer.from('end\n'));
    now += 500;
  }
  file.mark({ kind: 'ended', status: 0 });
  file.close();
  const files = file.files();
  t.ok(files.length > 2);
  const all = ['<started>', ...Array.from({ length: 10 }, (_, n) => `line ${n} end`), '<ended>'];
  t.same(linesOf(files, {}), all);
  t.same(linesOf(files, { since: 1_007_000 }), all.slice(8));
  t.same(linesOf(files, { since: 1_007_001 }), all.slice(9));
  t.same(linesOf(files, { until: 1_002_999 }), all.slice(0, 4));
  t.same(linesOf(files, { since: 1_003_000, until: 1_004_000 }), all.slice(4, 6));
  t.same(linesOf(files, { since: 1_003_000, until: 1_004_000, lines: 1 }), all.slice(5, 6));
  t.same(linesOf(files, { since: 2_000_000 }), []);
  t.end();
});

t.test('lines without a required text are skipped, over blocks, and the rest keep their times', (t) => {
  let now = 1_000_000;
  const path = join(directory, 'searched.log');
  const report = (_: string, text: string): void => void t.fail(text);
  const rotation = { size: 1e9, count: 1 };
  const file = new LogFile({ path, indexes, files: new LinuxFiles(), report, rotation, now: () => now });
  const all = Array.from({ length: 40_000 }, (_, n) => `line ${n}${n % 9999 === 0 ? ' needle' : ''}`);
  all.splice(30_000, 0, `${'x'.repeat(600_000)} needle ${'x'.repeat(600_000)}`);
  for (const line of all) {
    file.append(Buffer.from(`${line}\n`));
    now += 1;
  }
  file.append(Buffer.from('needle without an end'));
  file.close();
  const source = { title: 'web', name: 'web', instance: '', stream: undefined, files: [path], indexes };
  const read = (required?: RegExp): readonly (readonly [string, number | undefined])[] => {
    const log = new JobLog(source);
    const lines: (readonly [string, number | undefined])[] = [];
    for (const item of log.items(ALL, { unfinished: true, required }))
      if (item.kind === 'line') lines.push([item.line.toString('utf8'), item.time]);
    log.close();
    return lines;
  };
  const wanted = read().filter(([line]) => line.includes('needle'));
  t.equal(wanted.length, 7);
  t.ok(isDeepStrictEqual(read(/needle/g), wanted));
  t.end();
});
