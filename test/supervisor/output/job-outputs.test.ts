import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { ConsoleWriter } from '../../../src/supervisor/output/console-writer.js';
import {
  decodeEntry,
  indexPath,
  RECORD_SIZE,
  type IndexEntry,
} from '../../../src/supervisor/output/log-index-format.js';
import { endOf, realKernel } from '../support/children.js';
import { until } from '../../helpers/until.js';
import { JOB, beginRun, endProcess, gate, rig } from './outputs-rig.js';
/** What becomes of the output of jobs: logs, the console, and the last lines. */

test('what a process wrote is in the log when its death is known, in the order in which it was written', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('echo one\necho two >&2\necho three'));
  endProcess(outputs);
  t.equal(log(), 'one\ntwo\nthree\n');
});

test('much output before a quick end is complete', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i+1)); done'));
  endProcess(outputs);
  t.equal(log(), Array.from({ length: 20_000 }, (_, i) => `line ${i} of many\n`).join(''));
});

test('zero bytes and other bytes that are no text go through unharmed', async (t) => {
  const { outputs, start, log, logdir } = rig(t);
  await endOf(start("printf 'a\\000b\\377c\\r\\n'"));
  endProcess(outputs);
  t.ok(log());
  t.same([...readFileSync(join(logdir, 'foo.log'))], [0x61, 0, 0x62, 0xff, 0x63, 0x0d, 0x0a]);
});

test('a job without output has no log file', async (t) => {
  const { outputs, start, logdir } = rig(t);
  await endOf(start('true'));
  endProcess(outputs);
  t.same(readdirSync(logdir), []);
});

test('the log is for its owner and group, and is appended to', async (t) => {
  const { outputs, start, log, logdir } = rig(t);
  await endOf(start('echo one'));
  endProcess(outputs);
  t.equal(statSync(join(logdir, 'foo.log')).mode & 0o777, 0o640);
  await endOf(start('echo one'));
  endProcess(outputs);
  t.equal(log(), 'one\none\n');
});

test('a log that was moved away or deleted is made anew', async (t) => {
  const { outputs, start, log, logdir } = rig(t);
  await endOf(start('echo one'));
  endProcess(outputs);
  renameSync(join(logdir, 'foo.log'), join(logdir, 'foo.log.old'));
  await endOf(start('echo two'));
  endProcess(outputs);
  t.equal(log('foo.log.old'), 'one\n');
  t.equal(log(), 'two\n');
  rmSync(join(logdir, 'foo.log'));
  await endOf(start('echo three'));
  endProcess(outputs);
  t.equal(log(), 'three\n');
});

test('a symbolic link in the place of a log is not followed, which is said once', async (t) => {
  const { outputs, start, logdir, warnings } = rig(t);
  symlinkSync(join(logdir, 'elsewhere'), join(logdir, 'foo.log'));
  await endOf(start('echo line'));
  endProcess(outputs);
  await endOf(start('echo line'));
  endProcess(outputs);
  t.equal(existsSync(join(logdir, 'elsewhere')), false);
  t.equal(warnings.filter((text) => text.includes('foo.log')).length, 1);
  t.same(outputs.lastLines(JOB, 10), ['line', 'line'], 'the last lines are there all the same');
});

test('output is kept while the log directory is missing, also when the job is gone, and written when it appears', async (t) => {
  const { outputs, start, log, logdir, warnings } = rig(t);
  rmSync(logdir, { recursive: true });
  await endOf(start('echo one'));
  endProcess(outputs);
  outputs.jobGone(JOB);
  t.match(warnings, [/foo\.log.*kept/]);
  mkdirSync(logdir);
  await until('the log to have it', () => log() === 'one\n');
  t.match(warnings.at(-1), /can be written again: nothing was lost/);
});

test(
  'a job of another user may open its output anew',
  { skip: process.getuid!() === 0 ? false : 'needs root' },
  async (t) => {
    const { outputs, start, log } = rig(t);
    t.equal(await endOf(start('echo one > /dev/stdout; echo two > /dev/stderr', { setuid: 'nobody' })), 0);
    endProcess(outputs);
    t.equal(log(), 'one\ntwo\n');
  },
);

test('console pty gives a terminal whose newlines stay newlines', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('[ -t 1 ] && echo terminal', { console: 'pty' }));
  endProcess(outputs);
  t.equal(log(), 'terminal\n');
});

test('console none makes no log', async (t) => {
  const { outputs, start, logdir } = rig(t);
  await endOf(start('echo one', { console: 'none' }));
  endProcess(outputs);
  t.same(readdirSync(logdir), []);
});

test("console output goes to the supervisor's stdout, a prefix or a JSON object a line", async (t) => {
  const pipe = realKernel.files.makePipe();
  const console = new ConsoleWriter(pipe.write, realKernel.files, (_level, text) => t.fail(text));
  t.teardown(() => {
    console.close();
    closeSync(pipe.read);
    closeSync(pipe.write);
  });
  const { outputs, start } = rig(t, { console });
  const read = (): string => {
    const buffer = Buffer.alloc(4096);
    return buffer.toString('utf8', 0, readSync(pipe.read, buffer));
  };
  await endOf(start('echo one; printf two', { console: 'output' }));
  endProcess(outputs);
  t.equal(read(), 'foo: one\nfoo: two\n');
  await endOf(start('echo "say \\"hi\\""', { console: 'output', consoleFormat: 'json' }));
  endProcess(outputs);
  t.match(JSON.parse(read()), { job: 'foo', message: 'say "hi"', time: /^\d{4}-.*Z$/ });
});

test('lines can be followed, and the last ones of a run are kept', async (t) => {
  const { outputs, start } = rig(t);
  const lines: string[] = [];
  await endOf(start('echo zero'));
  endProcess(outputs);
  beginRun(outputs);
  const following = outputs.onLine(JOB, (line) => lines.push(line));
  await endOf(start('echo one; printf tw; printf o'));
  endProcess(outputs);
  t.same(lines, [], 'another class has another output');
  following?.dispose();
  const again = outputs.onLine(JOB, (line) => lines.push(line));
  await endOf(start('echo one; printf tw; printf o'));
  endProcess(outputs);
  t.same(lines, ['one', 'two']);
  t.same(outputs.lastLines(JOB, 1), ['two']);
  again?.dispose();
});

test('what the next process writes before the end of the one before is reported is not mixed with it', (t) => {
  const { outputs, start, log } = rig(t);
  const reports: (() => void)[] = [];
  const text = 'printf begun; echo " and ended"; printf half';
  // without a turn of the event loop, in which the supervisor would report before it reads
  const run = (): void => {
    const pid = start(text);
    while (realKernel.processes.reapEnded(pid) === undefined);
    outputs.processEnded(JOB, undefined, { add: (report) => reports.push(report) });
  };
  run();
  run();
  reports.shift()!();
  t.equal(log(), 'begun and ended\nhalf');
  t.same(outputs.lastLines(JOB, 10), ['begun and ended', 'half']);
  beginRun(outputs);
  t.same(outputs.lastLines(JOB, 10), []);
  reports.shift()!();
  t.same(outputs.lastLines(JOB, 10), ['begun and ended', 'half'], 'and nothing of the new run is lost');
  t.equal(log(), 'begun and ended\nhalfbegun and ended\nhalf');
  t.end();
});

/** What stands in the index of the job's log. */
function entriesOf(logdir: string): readonly IndexEntry[] {
  const index = readFileSync(indexPath(`${logdir}.indexes`, join(logdir, 'foo.log')));
  return Array.from({ length: index.length / RECORD_SIZE - 1 }, (_, n) =>
    decodeEntry(index, (n + 1) * RECORD_SIZE)!,
  );
}

test('how a run ended stands in the index, also when the job is gone before it is reported', async (t) => {
  const { outputs, start, logdir } = rig(t);
  const reports: (() => void)[] = [];
  const pid = start('echo one');
  outputs.mainStarted(JOB, pid, { add: (report) => reports.push(report) });
  await endOf(pid);
  outputs.processEnded(JOB, { status: 256 }, { add: (report) => reports.push(report) });
  outputs.jobGone(JOB);
  for (const report of reports) report();
  const entries = entriesOf(logdir);
  t.match(entries.at(-1), { kind: 'ended', status: 256, offset: 4 });
  t.match(entries[0], { kind: 'started', offset: 0 }, 'and its start before what it wrote');
  t.equal(entries.filter((entry) => entry.kind === 'ended').length, 1);
});

test('what a new run writes stands behind its start, though nothing is reported yet', async (t) => {
  const { outputs, start, logdir, log } = rig(t);
  const reports: (() => void)[] = [];
  const lane = { add: (report: () => void) => void reports.push(report) };
  outputs.mainStarted(JOB, start('echo one'), lane);
  await until('the output of the first run', () => log() === 'one\n');
  outputs.processEnded(JOB, { status: 0 }, lane);
  outputs.mainStarted(JOB, start('echo two'), lane);
  await until('the output of the second run', () => log() === 'one\ntwo\n');
  for (const report of reports) report();
  outputs.reopenLogs(); // entries wait in memory for a moment
  t.match(
    entriesOf(logdir).filter(({ kind }) => kind !== 'bytes'),
    [
      { kind: 'started', offset: 0 },
      { kind: 'ended', offset: 4 },
      { kind: 'started', offset: 4 },
    ],
  );
});

test('reports of what happened before are delivered before output is read', async (t) => {
  const order: string[] = [];
  const { outputs, start, fifodir } = rig(t, { beforeRead: () => void order.push('report') });
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`read x < ${go}; echo one`);
  outputs.onLine(JOB, (line) => order.push(line));
  signal();
  await endOf(pid);
  await until('both reports', () => order.length >= 2);
  t.same(order.slice(0, 2), ['report', 'one']);
});

test('the last lines of a job that has just gone are there for the report of its end', async (t) => {
  const { outputs, start } = rig(t);
  await endOf(start('echo the reason'));
  endProcess(outputs);
  outputs.jobGone(JOB);
  t.same(outputs.lastLines(JOB, 10), ['the reason']);
  await new Promise(setImmediate);
  t.same(outputs.lastLines(JOB, 10), [], 'and are not kept for ever');
});
