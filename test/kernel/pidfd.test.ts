import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'tap';

import { reapNow } from '../../src/kernel/wait.js';
import { Barrier, end, kernel, Lines, openDescriptors, result, shell, start } from './support.js';

const { SIGKILL, SIGTERM } = constants.signals;
const { processes } = kernel;

test('the end of a process calls every listener once', async (t) => {
  const pid = start('/bin/sleep', ['sleep', '1000']);
  const pidfd = processes.openPidfd(pid);
  if (pidfd === undefined) throw new Error('the process is there');
  const calls: string[] = [];
  const cancelled = pidfd.onEnd(() => calls.push('cancelled'));
  pidfd.onEnd(() => calls.push('first'));
  const ended = new Promise<void>((resolve) => {
    pidfd.onEnd(() => {
      calls.push('second');
      resolve();
    });
  });
  cancelled.dispose();
  t.equal(pidfd.signal(SIGKILL), true);
  await ended;
  t.strictSame(calls, ['first', 'second']);
  reapNow(pid);
  t.equal(pidfd.signal(SIGTERM), false, 'nobody is there to be signalled');
  pidfd.close();
});

test('there is no pidfd of a process that is gone', async (t) => {
  const pid = shell('exit 0');
  await result(pid);
  t.equal(processes.openPidfd(pid), undefined);
});

test('there is no pidfd of a thread', (t) => {
  const threads = readdirSync('/proc/self/task').map(Number);
  const thread = threads.find((id) => id !== process.pid);
  t.equal(processes.openPidfd(thread!), undefined);
  t.end();
});

test('a pidfd of a grandchild tells its status after its own parent has reaped it', async (t) => {
  const lines = new Lines(t);
  const barrier = new Barrier(t);
  // the launcher waits for its child, so that we never can
  const launcher = shell(`sh -c 'echo $$ >&3; read line <${barrier.path}; exit 7'; true`, {
    descriptors: [lines.writer],
  });
  const grandchild = Number(await lines.next());
  const pidfd = processes.openPidfd(grandchild);
  if (pidfd === undefined) throw new Error('the grandchild is there');
  t.equal(pidfd.exitStatus(), undefined, 'it lives');
  barrier.open();
  await result(launcher);
  const status = pidfd.exitStatus();
  pidfd.close();
  if (status === undefined) t.comment('skipped: PIDFD_INFO_EXIT needs Linux 6.15');
  else t.equal(status, 7 << 8);
});

test('a process group is signalled through its leader', async (t) => {
  const lines = new Lines(t);
  const leader = shell('sleep 1000 & echo $! >&3; wait', { descriptors: [lines.writer] });
  const member = Number(await lines.next());
  const pidfd = processes.openPidfd(leader);
  const memberEnd = end(member);
  if (pidfd?.signalGroup === undefined) {
    processes.killGroup(leader, SIGKILL);
    t.comment('skipped: PIDFD_SIGNAL_PROCESS_GROUP needs Linux 6.9');
  } else {
    t.equal(pidfd.signalGroup(SIGTERM), true);
  }
  await memberEnd;
  await result(leader);
  pidfd?.close();
  t.notOk(kernel.proc.isAlive(member));
});

test('closing releases the descriptor, also while somebody listens', (t) => {
  const before = openDescriptors('self');
  const pid = start('/bin/sleep', ['sleep', '1000']);
  const pidfd = processes.openPidfd(pid);
  pidfd?.onEnd(() => t.fail('it was closed'));
  pidfd?.close();
  pidfd?.close();
  t.strictSame(openDescriptors('self'), before);
  t.throws(() => pidfd?.signal(SIGTERM), /closed/);
  processes.kill(pid, SIGKILL);
  reapNow(pid);
  t.end();
});
