/** What the record of launches says, and that no damage to it costs more than the start concerned. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { JobRef } from '../../../src/supervisor/core/contract.js';
import { LaunchRecord } from '../../../src/supervisor/state/launch-record.js';

const CRON: JobRef = { name: 'cron', instance: '' };
const TTY: JobRef = { name: 'tty', instance: '1' };

interface RecordFile {
  readonly path: string;
  readonly reports: string[];
  readonly open: () => LaunchRecord;
}

function recordFile(t: Test): RecordFile {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'launches');
  const reports: string[] = [];
  return {
    path,
    reports,
    open: () => {
      const record = LaunchRecord.open(
        { launches: path },
        () => 1e9,
        (_level, text) => void reports.push(text),
      );
      t.teardown(() => record.close());
      return record;
    },
  };
}

test('the record tells the next supervisor what was about to be started, and what had been', (t) => {
  const { open } = recordFile(t);
  const record = open();
  record.recordStarted(record.announce(CRON, 'main', false), 4711, {
    pid: 4711,
    startTime: 100,
    inode: '913',
  });
  record.announce(TTY, 'pre-start', true);
  t.same(open().read(), [
    { job: CRON, process: 'main', at: 1e9, pid: 4711, gated: false, startTime: 100, inode: '913' },
    { job: TTY, process: 'pre-start', at: 1e9, pid: undefined, gated: true },
  ]);
  t.end();
});

test('before a process passes its gate, the record has its start, if need be once more', (t) => {
  const { path, open } = recordFile(t);
  const record = open();
  const identity = { pid: 4711, startTime: 100 };
  const start = record.announce(CRON, 'main', true);
  record.recordStarted(start, 4711, identity);
  const before = readFileSync(path, 'utf8');
  record.recordPassing(start, 4711, identity);
  t.equal(readFileSync(path, 'utf8'), before, 'it is there still');
  record.clear();
  record.recordPassing(start, 4711, identity);
  t.equal(readFileSync(path, 'utf8'), before, 'the job was saved meanwhile, as one that waits at its gate');
  t.end();
});

test('a record of a former version does not say whether a start was gated', (t) => {
  const { path, open } = recordFile(t);
  appendFileSync(path, '{"id":1,"job":"cron","instance":"","process":"main","at":5}\n');
  t.match(open().read(), [{ job: CRON, gated: false }]);
  t.end();
});

test('what is saved elsewhere is in the record no more', (t) => {
  const { path, open } = recordFile(t);
  const record = open();
  record.announce(CRON, 'main', false);
  record.clear();
  t.equal(readFileSync(path, 'utf8'), '');
  record.announce(TTY, 'main', false);
  t.match(open().read(), [{ job: TTY }], 'and it goes on from there');
  t.end();
});

test('a line without an end is one that was not written; any other that is damaged is named, and costs no other start', (t) => {
  const { path, open, reports } = recordFile(t);
  const record = open();
  record.announce(CRON, 'main', false);
  appendFileSync(path, '{"id":17,"jo');
  t.match(record.read(), [{ job: CRON }]);
  t.same(reports, []);
  appendFileSync(path, 'b":4}\nso?\n[]\n{"id":18,"pid":3,"gated":false}\n');
  record.announce(TTY, 'main', false);
  appendFileSync(
    path,
    `${readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .at(-1)!
      .replace(/"job.*/, '"pid":1e300,"gated":true}')}\n`,
  );
  t.match(record.read(), [{ job: CRON }, { job: TTY, pid: undefined }]);
  const problem = (line: number, text: string): RegExp =>
    new RegExp(`^${path}:${line}: this start is ignored: ${text}`);
  t.match(reports, [
    problem(2, 'job: expected a string, found 4$'),
    problem(3, 'expected JSON, found '),
    problem(4, 'expected an object, found an empty list$'),
    problem(5, 'job: expected a string, found nothing$'),
    problem(7, 'pid: expected a process id from 1 to 4194304, found 1e\\+300$'),
  ]);
  t.end();
});
