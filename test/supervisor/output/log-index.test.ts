import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LinuxFiles } from '../../../src/kernel/files/files.js';
import { LogFile } from '../../../src/supervisor/output/log-file.js';
import {
  decodeEntry,
  decodeHeader,
  indexPath,
  RECORD_SIZE,
  type IndexEntry,
} from '../../../src/supervisor/output/log-index-format.js';

interface Rig {
  readonly path: string;
  readonly entries: (path?: string) => readonly (IndexEntry | undefined)[];
  readonly open: () => LogFile;
  readonly clock: { now: number };
}

function rig(t: Test): Rig {
  const directory = mkdtempSync(join(tmpdir(), 'foster-index-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'foo.log');
  const indexes = join(directory, 'indexes');
  const clock = { now: 1_000_000 };
  return {
    path,
    clock,
    entries: (log = path) => {
      const index = readFileSync(indexPath(indexes, log));
      t.equal(decodeHeader(index), statSync(log, { bigint: true }).ino);
      return Array.from({ length: index.length / RECORD_SIZE - 1 }, (_, n) =>
        decodeEntry(index, (n + 1) * RECORD_SIZE),
      );
    },
    open: () =>
      new LogFile({
        path,
        indexes,
        files: new LinuxFiles(),
        report: (_, text) => t.fail(text),
        rotation: { size: 12, count: 3 },
        now: () => clock.now,
      }),
  };
}

t.test('each place in the log has its time, and the runs of the job stand among them', (t) => {
  const { open, entries, clock } = rig(t);
  const file = open();
  file.mark({ kind: 'started', pid: 4711 });
  file.append(Buffer.from('one\n'));
  clock.now += 3;
  file.append(Buffer.from('2\n'));
  clock.now += 20;
  file.append(Buffer.from('3\n'));
  t.equal(file.hasUnwrittenIndex, true);
  file.mark({ kind: 'ended', status: 256 });
  t.equal(file.hasUnwrittenIndex, false, 'who follows the log sees the mark before what comes next');
  t.same(entries(), [
    { kind: 'started', pid: 4711, offset: 0, time: 1_000_000 },
    { kind: 'bytes', offset: 0, time: 1_000_000 },
    { kind: 'bytes', offset: 6, time: 1_000_023 },
    { kind: 'ended', status: 256, offset: 8, time: 1_000_023 },
  ]);
  file.close();
  t.end();
});

t.test('the index goes with its log file when that is rotated', (t) => {
  const { open, entries, path, clock } = rig(t);
  const file = open();
  file.append(Buffer.from('0123456789\n'));
  clock.now += 1000;
  file.append(Buffer.from('next\n'));
  file.close();
  t.same(entries(`${path}.1`), [{ kind: 'bytes', offset: 0, time: 1_000_000 }]);
  t.same(entries(), [{ kind: 'bytes', offset: 0, time: 1_001_000 }]);
  t.end();
});

t.test('the next supervisor goes on in it; the index of another file is begun anew', (t) => {
  const { open, entries, path, clock } = rig(t);
  const first = open();
  first.append(Buffer.from('one\n'));
  first.close();
  clock.now += 1000;
  const second = open();
  second.append(Buffer.from('two\n'));
  second.close();
  t.same(
    entries().map((entry) => entry?.offset),
    [0, 4],
  );
  rmSync(path);
  writeFileSync(path, 'x\n');
  const third = open();
  third.append(Buffer.from('y\n'));
  third.close();
  t.same(entries(), [{ kind: 'bytes', offset: 2, time: clock.now }]);
  t.end();
});

t.test('a job that writes nothing has no log file; what it writes later follows its last runs', (t) => {
  const { open, entries, path } = rig(t);
  const file = open();
  for (let pid = 1; pid <= 20; pid += 1) file.mark({ kind: 'started', pid });
  t.equal(statSync(path, { throwIfNoEntry: false }), undefined);
  file.append(Buffer.from('one\n'));
  file.close();
  t.match(entries()[0], { kind: 'started', pid: 5 });
  t.match(entries().at(-1), { kind: 'bytes' });
  t.end();
});
