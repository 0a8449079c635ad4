/** How output gets from jobs to foster, and what a crash or re-exec of foster leaves of it. */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'tap';
import { readProcLink } from '../../../src/kernel/proc/proc-file.js';
import { endOf, realKernel } from '../support/children.js';
import { conf } from '../support/job-classes.js';
import { until } from '../../helpers/until.js';
import { JOB, endProcess, gate, rig } from './outputs-rig.js';

/** The same pipe by another descriptor. */
function reopened(fd: number, flags: number): number {
  return openSync(`/proc/self/fd/${fd}`, flags);
}

/** The files in a directory that this process has open. */
function openIn(directory: string): readonly string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => readProcLink(`/proc/self/fd/${fd}`) ?? '')
    .filter((name) => dirname(name) === directory)
    .map((name) => basename(name));
}

test('output goes through a FIFO that only the job may open, which goes when the job goes', async (t) => {
  const { outputs, start, fifodir } = rig(t);
  await endOf(start('echo one > /dev/stdout'));
  t.same(readdirSync(fifodir), ['foo.out']);
  t.equal(statSync(join(fifodir, 'foo.out')).mode & 0o777, 0o600);
  endProcess(outputs);
  outputs.jobGone(JOB);
  t.same(readdirSync(fifodir), []);
});

test('a process that outlives its job keeps its output, also over another run of the job', async (t) => {
  const { outputs, start, log, fifodir } = rig(t);
  const { path: go, open: signal } = gate(t, fifodir);
  await endOf(
    start(`( setsid sh -c 'echo early; read x < ${go}; echo late; read x < ${go}; echo last' ) & echo done`),
  );
  endProcess(outputs);
  outputs.jobGone(JOB);
  signal();
  await until('the log to have it', () => /^late$/m.test(log() ?? ''));
  await endOf(start('echo again'));
  endProcess(outputs);
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
  endProcess(next.outputs);
  t.equal(log(), 'before\nmeanwhile\nafter\n');
});

test('no line is lost of a job that ends while the next supervisor recovers', async (t) => {
  for (const ending of ['is recovered', 'is not recovered']) {
    const { outputs, start, log, fifodir, logdir } = rig(t);
    const { path: go, open: signal } = gate(t, fifodir);
    const pid = start(`echo before; read x < ${go}; echo last words`);
    await until('the log to have it', () => log() === 'before\n');
    outputs.close();
    const next = rig(t, { logdir, fifodir, holdsFifos: true });
    signal();
    t.equal(await endOf(pid), 0);
    if (ending === 'is recovered')
      next.outputs.restoreJob(JOB, conf({ processes: { main: { script: '' } } }), undefined, []);
    next.outputs.restoreUnclaimed();
    endProcess(next.outputs);
    t.equal(log(), 'before\nlast words\n', `a job that ${ending}`);
  }
});

test('what is no FIFO is not held, and what is held is closed at last', (t) => {
  const { fifodir } = rig(t);
  realKernel.files.makeFifo(join(fifodir, 'a.out'), 0o600);
  symlinkSync('/dev/zero', join(fifodir, 'b.out'));
  mkdirSync(join(fifodir, 'c.out'));
  writeFileSync(join(fifodir, 'd.err'), '');
  const next = rig(t, { fifodir, holdsFifos: true });
  t.same(openIn(fifodir), ['a.out']);
  for (const name of ['b.out', 'c.out', 'd.err']) rmSync(join(fifodir, name), { recursive: true });
  next.outputs.restoreUnclaimed();
  t.same(openIn(fifodir), []);
  t.end();
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
  endProcess(outputs);
  t.equal(log(), 'one\n');
  const missing = rig(t, { fifodir: '/no/such/directory' });
  await endOf(missing.start('echo one'));
  endProcess(missing.outputs);
  t.equal(missing.log(), 'one\n');
  t.match(missing.warnings, [/will not survive/]);
});

test('a pipe or a terminal that is kept over a re-exec goes on being read', async (t) => {
  const { outputs, start, log, logdir, fifodir } = rig(t, { fifodir: undefined });
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`echo before; read x < ${go}; echo after`);
  await until('the log to have it', () => log() === 'before\n');
  const kept = outputs.keepOpen();
  t.match(kept, [{ job: JOB }]);
  const next = rig(t, { logdir, fifodir: undefined });
  // what execve does: the same open files under the same numbers, and nothing left of the former supervisor
  const end = reopened(kept[0]!.end, constants.O_WRONLY);
  const supervisor = reopened(kept[0]!.supervisor, constants.O_RDONLY | constants.O_NONBLOCK);
  outputs.close();
  next.outputs.restoreJob(JOB, conf(), undefined, [{ job: JOB, stream: undefined, end, supervisor }]);
  signal();
  t.equal(await endOf(pid), 0);
  endProcess(next.outputs);
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
  endProcess(next.outputs);
  t.equal(log(), 'before\nafter\n');
  t.equal(log('foo.err.log'), 'wrong\nworse\n');
});

test('a FIFO stays open over a re-exec: a job that ends meanwhile loses nothing', async (t) => {
  const { outputs, start, log, logdir, fifodir } = rig(t);
  const { path: go, open: signal } = gate(t, fifodir);
  const pid = start(`echo before; read x < ${go}; echo after`);
  await until('the log to have it', () => log() === 'before\n');
  const kept = outputs.keepOpen();
  t.match(kept, [{ job: JOB, isFifo: true }]);
  // what execve does: nothing but what is kept is open
  const held = reopened(kept[0]!.supervisor, constants.O_RDONLY | constants.O_NONBLOCK);
  outputs.close();
  signal();
  t.equal(await endOf(pid), 0);
  const next = rig(t, { logdir, fifodir });
  next.outputs.restoreJob(JOB, conf(), undefined, []);
  closeSync(held);
  endProcess(next.outputs);
  t.equal(log(), 'before\nafter\n');
});
