import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { ConsoleWriter } from '../../../src/supervisor/output/console-writer.js';
import { JobOutputs, type OutputOptions } from '../../../src/supervisor/output/job-outputs.js';
import { decodeEntry, indexPath, RECORD_SIZE } from '../../../src/supervisor/output/log-index-format.js';
import { Launcher } from '../../../src/supervisor/launch/launcher.js';
import { endOf, realKernel } from '../support/children.js';
import { conf } from '../support/job-classes.js';
import { until } from '../../helpers/until.js';

const JOB = { name: 'foo', instance: '' };
const PATH = 'PATH=/usr/bin:/bin';

interface Rig {
  readonly logdir: string;
  readonly fifodir: string;
  readonly warnings: string[];
  readonly outputs: JobOutputs;
  readonly launcher: Launcher;
  readonly log: (name?: string) => string | null;
  readonly start: (script: string, stanzas?: Partial<JobClass>) => number;
}

/** What the core tells when the job begins anew. */
function beginRun({ effects }: JobOutputs): void {
  const change = { from: 'waiting', to: 'starting', goal: 'start' } as const;
  effects['job-changed'].report({ kind: 'job-changed', job: JOB, ...change });
}

function rig(t: Test, options: Partial<OutputOptions> = {}): Rig {
  const logdir = mkdtempSync(join(tmpdir(), 'foster-log-'));
  const fifodir = mkdtempSync(join(tmpdir(), 'foster-run-'));
  const warnings: string[] = [];
  const report = (_level: string, text: string): void => void warnings.push(text);
  const console = new ConsoleWriter(1, realKernel.files, report);
  const outputs = new JobOutputs({
    kernel: realKernel,
    logdir,
    logIndex: `${logdir}.indexes`,
    fifodir,
    defaultConsole: 'log',
    defaultFormat: 'prefix',
    console,
    consoleDevice: undefined,
    beforeRead: () => undefined,
    report,
    ...options,
  });
  const defaults = {
    self: { uid: process.getuid!(), gid: process.getgid!() },
    inherited: {},
    table: [PATH],
    directory: '/',
    umask: 0o022,
  };
  const launcher = new Launcher({ kernel: realKernel, stdio: outputs, defaults });
  const classes = new Map<string, JobClass>();
  t.teardown(() => {
    launcher.close();
    outputs.close();
    console.close();
    for (const directory of [logdir, fifodir, `${logdir}.indexes`])
      rmSync(directory, { recursive: true, force: true });
  });
  return {
    logdir,
    fifodir,
    warnings,
    outputs,
    launcher,
    log: (name = 'foo.log') =>
      existsSync(join(logdir, name)) ? readFileSync(join(logdir, name), 'utf8') : null,
    start: (script, stanzas = {}) => {
      const key = JSON.stringify([script, stanzas]);
      const jobClass = classes.get(key) ?? conf({ processes: { main: { script } }, ...stanzas });
      classes.set(key, jobClass);
      return launcher.launch({ job: JOB, class: jobClass, process: 'main', env: [PATH] }).pid;
    },
  };
}

/** A FIFO at which a script waits by `read x < PATH`, as often as it is opened. */
function gate(t: Test, directory: string): { path: string; open: () => void } {
  const path = join(directory, 'go');
  realKernel.files.makeFifo(path, 0o600);
  const fd = openSync(path, constants.O_RDWR);
  t.teardown(() => closeSync(fd));
  return { path, open: () => void writeSync(fd, '\n') };
}

test('what a process wrote is in the log when its death is known, in the order in which it was written', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('echo one\necho two >&2\necho three'));
  outputs.drain(JOB);
  t.equal(log(), 'one\ntwo\nthree\n');
});

test('much output before a quick end is complete', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i+1)); done'));
  outputs.drain(JOB);
  t.equal(log(), Array.from({ length: 20_000 }, (_, i) => `line ${i} of many\n`).join(''));
});

test('zero bytes and other bytes that are no text go through unharmed', async (t) => {
  const { outputs, start, log, logdir } = rig(t);
  await endOf(start("printf 'a\\000b\\377c\\r\\n'"));
  outputs.drain(JOB);
  t.ok(log());
  t.same([...readFileSync(join(logdir, 'foo.log'))], [0x61, 0, 0x62, 0xff, 0x63, 0x0d, 0x0a]);
});

test('a job without output has no log file', async (t) => {
  const { outputs, start, logdir } = rig(t);
  await endOf(start('true'));
  outputs.drain(JOB);
  t.same(readdirSync(logdir), []);
});

test('the log is for its owner and group, and is appended to', async (t) => {
  const { outputs, start, log, logdir } = rig(t);
  await endOf(start('echo one'));
  outputs.drain(JOB);
  t.equal(statSync(join(logdir, 'foo.log')).mode & 0o777, 0o640);
  await endOf(start('echo one'));
  outputs.drain(JOB);
  t.equal(log(), 'one\none\n');
});

test('a log that was moved away or deleted is made anew', async (t) => {
  const { outputs, start, log, logdir } = rig(t);
  await endOf(start('echo one'));
  outputs.drain(JOB);
  renameSync(join(logdir, 'foo.log'), join(logdir, 'foo.log.old'));
  await endOf(start('echo two'));
  outputs.drain(JOB);
  t.equal(log('foo.log.old'), 'one\n');
  t.equal(log(), 'two\n');
  rmSync(join(logdir, 'foo.log'));
  await endOf(start('echo three'));
  outputs.drain(JOB);
  t.equal(log(), 'three\n');
});

test('a symbolic link in the place of a log is not followed, which is said once', async (t) => {
  const { outputs, start, logdir, warnings } = rig(t);
  symlinkSync(join(logdir, 'elsewhere'), join(logdir, 'foo.log'));
  await endOf(start('echo line'));
  outputs.drain(JOB);
  await endOf(start('echo line'));
  outputs.drain(JOB);
  t.equal(existsSync(join(logdir, 'elsewhere')), false);
  t.equal(warnings.filter((text) => text.includes('foo.log')).length, 1);
  t.same(outputs.lastLines(JOB, 10), ['line', 'line'], 'the last lines are there all the same');
});

test('output is kept while the log directory is missing, also when the job is gone, and written when it appears', async (t) => {
  const { outputs, start, log, logdir, warnings } = rig(t);
  rmSync(logdir, { recursive: true });
  await endOf(start('echo one'));
  outputs.drain(JOB);
  outputs.jobGone(JOB);
  t.match(warnings, [/foo\.log.*kept/]);
  mkdirSync(logdir);
  await until('the log to have it', () => log() === 'one\n');
  t.match(warnings.at(-1), /can be written again: nothing was lost/);
});

test('output goes through a FIFO that only the job may open, which goes when the job goes', async (t) => {
  const { outputs, start, fifodir } = rig(t);
  await endOf(start('echo one > /dev/stdout'));
  t.same(readdirSync(fifodir), ['foo.out']);
  t.equal(statSync(join(fifodir, 'foo.out')).mode & 0o777, 0o600);
  outputs.drain(JOB);
  outputs.jobGone(JOB);
  t.same(readdirSync(fifodir), []);
});

test(
  'a job of another user may open its output anew',
  { skip: process.getuid!() === 0 ? false : 'needs root' },
  async (t) => {
    const { outputs, start, log } = rig(t);
    t.equal(await endOf(start('echo one > /dev/stdout; echo two > /dev/stderr', { setuid: 'nobody' })), 0);
    outputs.drain(JOB);
    t.equal(log(), 'one\ntwo\n');
  },
);

test('a process that outlives its job keeps its output, also over another run of the job', async (t) => {
  const { outputs, start, log, fifodir } = rig(t);
  const { path: go, open: signal } = gate(t, fifodir);
  await endOf(
    start(`( setsid sh -c 'echo early; read x < ${go}; echo late; read x < ${go}; echo last' ) & echo done`),
  );
  outputs.drain(JOB);
  outputs.jobGone(JOB);
  signal();
  await until('the log to have it', () => /^late$/m.test(log() ?? ''));
  await endOf(start('echo again'));
  outputs.drain(JOB);
  t.match(log(), /^again$/m);
  signal();
  await until('the log to have it', () => /^last$/m.test(log() ?? ''));
  outputs.jobGone(JOB);
  await until('its FIFO to be gone', () => !existsSync(join(fifodir, 'foo.out')));
});

test('no line is lost while there is no supervisor', async (t) => {
  const { outputs, start, log, fifodir, logdir } = rig(t);
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`echo before; read x < ${go}; echo meanwhile; read x < ${go}; echo after`);
  await until('the log to have it', () => log() === 'before\n');
  outputs.close();
  signal();
  const next = rig(t, { logdir, fifodir });
  next.outputs.restoreJob(JOB, conf({ processes: { main: { script: '' } } }), undefined, []);
  next.outputs.restoreUnclaimed();
  await until('the log to have it', () => log() === 'before\nmeanwhile\n');
  signal();
  t.equal(await endOf(pid), 0);
  next.outputs.drain(JOB);
  t.equal(log(), 'before\nmeanwhile\nafter\n');
});

test('the FIFO of a job that ended while there was no supervisor is emptied into its log and removed', async (t) => {
  const { outputs, log, fifodir, logdir } = rig(t);
  t.ok(outputs);
  const path = join(fifodir, 'net%2Ffoo,x.out');
  realKernel.files.makeFifo(path, 0o600);
  const fd = openSync(path, constants.O_RDWR);
  writeSync(fd, 'last words\n');
  const next = rig(t, { logdir, fifodir });
  next.outputs.restoreUnclaimed();
  t.equal(log('net_foo-x.log'), 'last words\n');
  closeSync(fd);
  await until('the FIFO to be gone', () => !existsSync(path));
});

test('where the run directory cannot be written a pipe does', async (t) => {
  const { outputs, start, log } = rig(t, { fifodir: undefined });
  await endOf(start('echo one'));
  outputs.drain(JOB);
  t.equal(log(), 'one\n');
  const missing = rig(t, { fifodir: '/no/such/directory' });
  await endOf(missing.start('echo one'));
  missing.outputs.drain(JOB);
  t.equal(missing.log(), 'one\n');
  t.match(missing.warnings, [/will not survive/]);
});

test('console pty gives a terminal whose newlines stay newlines', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('[ -t 1 ] && echo terminal', { console: 'pty' }));
  outputs.drain(JOB);
  t.equal(log(), 'terminal\n');
});

test('console none makes no log', async (t) => {
  const { outputs, start, logdir } = rig(t);
  await endOf(start('echo one', { console: 'none' }));
  outputs.drain(JOB);
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
  outputs.drain(JOB);
  t.equal(read(), 'foo: one\nfoo: two\n');
  await endOf(start('echo "say \\"hi\\""', { console: 'output', consoleFormat: 'json' }));
  outputs.drain(JOB);
  t.match(JSON.parse(read()), { job: 'foo', message: 'say "hi"', time: /^\d{4}-.*Z$/ });
});

test('lines can be followed, and the last ones of a run are kept', async (t) => {
  const { outputs, start } = rig(t);
  const lines: string[] = [];
  await endOf(start('echo zero'));
  outputs.drain(JOB);
  beginRun(outputs);
  const following = outputs.onLine(JOB, (line) => lines.push(line));
  await endOf(start('echo one; printf tw; printf o'));
  outputs.drain(JOB);
  t.same(lines, [], 'another class has another output');
  following?.dispose();
  const again = outputs.onLine(JOB, (line) => lines.push(line));
  await endOf(start('echo one; printf tw; printf o'));
  outputs.drain(JOB);
  t.same(lines, ['one', 'two']);
  t.same(outputs.lastLines(JOB, 1), ['two']);
  again?.dispose();
});

test('what the next process writes before the end of the one before is reported is not mixed with it', (t) => {
  const { outputs, start, log } = rig(t);
  const text = 'printf begun; echo " and ended"; printf half';
  // without a turn of the event loop, in which the supervisor would report before it reads
  const run = (): void => {
    const pid = start(text);
    while (realKernel.processes.reapEnded(pid) === undefined);
    outputs.noteEnd(JOB);
  };
  run();
  run();
  outputs.drain(JOB);
  t.equal(log(), 'begun and ended\nhalf');
  t.same(outputs.lastLines(JOB, 10), ['begun and ended', 'half']);
  beginRun(outputs);
  t.same(outputs.lastLines(JOB, 10), []);
  outputs.drain(JOB);
  t.same(outputs.lastLines(JOB, 10), ['begun and ended', 'half'], 'and nothing of the new run is lost');
  t.equal(log(), 'begun and ended\nhalfbegun and ended\nhalf');
  t.end();
});

test('how a run ended stands in the index, also when the job is gone before it is reported', async (t) => {
  const { outputs, start, logdir } = rig(t);
  const reports: (() => void)[] = [];
  await endOf(start('echo one'));
  outputs.runStarted(JOB, 4711);
  outputs.processEnded(JOB, { status: 256 }, { add: (report) => reports.push(report) });
  outputs.jobGone(JOB);
  for (const report of reports) report();
  const path = join(logdir, 'foo.log');
  const index = readFileSync(indexPath(`${logdir}.indexes`, path));
  const entries = Array.from({ length: index.length / RECORD_SIZE - 1 }, (_, n) =>
    decodeEntry(index, (n + 1) * RECORD_SIZE),
  );
  t.match(entries.at(-1), { kind: 'ended', status: 256, offset: 4 });
  t.equal(entries.filter((entry) => entry?.kind === 'ended').length, 1);
});

test('whoever is to be told first is told before output is read', async (t) => {
  const order: string[] = [];
  const { outputs, start, fifodir } = rig(t, { beforeRead: () => void order.push('told') });
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`read x < ${go}; echo one`);
  outputs.onLine(JOB, (line) => order.push(line));
  signal();
  await endOf(pid);
  await until('both reports', () => order.length >= 2);
  t.same(order.slice(0, 2), ['told', 'one']);
});

test('the last lines of a job that has just gone are there for whoever waited for its end', async (t) => {
  const { outputs, start } = rig(t);
  await endOf(start('echo the reason'));
  outputs.drain(JOB);
  outputs.jobGone(JOB);
  t.same(outputs.lastLines(JOB, 10), ['the reason']);
  await new Promise(setImmediate);
  t.same(outputs.lastLines(JOB, 10), [], 'and are not kept for ever');
});

/** The same pipe by another descriptor. */
function reopened(fd: number, flags: number): number {
  return openSync(`/proc/self/fd/${fd}`, flags);
}

test('a pipe or a terminal that is kept over a re-exec goes on being read', async (t) => {
  const { outputs, start, log, logdir, fifodir } = rig(t, { fifodir: undefined });
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`echo before; read x < ${go}; echo after`);
  await until('the log to have it', () => log() === 'before\n');
  const kept = outputs.keepUnnamed();
  t.match(kept, [{ job: JOB }]);
  const next = rig(t, { logdir, fifodir: undefined });
  // what execve does: the same open files under the same numbers, and nothing left of the former supervisor
  const end = reopened(kept[0]!.end, constants.O_WRONLY);
  const supervisor = reopened(kept[0]!.supervisor, constants.O_RDONLY | constants.O_NONBLOCK);
  outputs.close();
  next.outputs.restoreJob(JOB, conf(), undefined, [{ job: JOB, stream: undefined, end, supervisor }]);
  signal();
  t.equal(await endOf(pid), 0);
  next.outputs.drain(JOB);
  t.equal(log(), 'before\nafter\n');
});

test('FIFOs that have lost their names are found by the processes that write into them', async (t) => {
  const split = { logSplit: true } as const;
  const { outputs, start, logdir, fifodir, log } = rig(t);
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`echo before; echo wrong >&2; read x < ${go}; echo after; echo worse >&2`, split);
  await until('the log to have it', () => log() === 'before\n' && log('foo.err.log') === 'wrong\n');
  t.same(outputs.findLost(JOB, [pid]), [], 'they have their names');
  rmSync(join(fifodir, 'foo.out'));
  rmSync(join(fifodir, 'foo.err'));
  const next = rig(t, { logdir, fifodir });
  const lost = next.outputs.findLost(JOB, [process.pid, pid]);
  t.match(lost, [{ job: JOB }, { job: JOB, stream: 'stderr' }]);
  // the former supervisor has crashed: the descriptors are all that is left of it
  outputs.close();
  next.outputs.restoreJob(JOB, conf(split), undefined, lost);
  signal();
  t.equal(await endOf(pid), 0);
  next.outputs.drain(JOB);
  t.equal(log(), 'before\nafter\n');
  t.equal(log('foo.err.log'), 'wrong\nworse\n');
});

test('what goes by a FIFO need not be kept', async (t) => {
  const { outputs, start, log } = rig(t);
  await endOf(start('echo one'));
  t.same(outputs.keepUnnamed(), []);
  t.equal(log(), 'one\n', 'but is in the log');
});
