import { closeSync, openSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'tap';

import { reserveDescriptors } from '../../../src/kernel/files/descriptor-reserve.js';
import type { Pidfd } from '../../../src/kernel/kernel.js';
import { reapNow } from '../../../src/kernel/process/wait.js';
import { Barrier, end, kernel, Lines, openDescriptors, result, shell, start } from '../support.js';

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

test('where no descriptor is left, a process is known by its number until there is one', async (t) => {
  const [ends, told, goesOn] = [0, 1, 2].map(() => start('/bin/sleep', ['sleep', '1000']));
  const open: number[] = [];
  const giveBack = (): void => open.splice(0).forEach((fd) => closeSync(fd));
  t.teardown(giveBack);
  reserveDescriptors();
  // loads what is needed before there is nothing left
  processes.openPidfd(process.pid)?.close();
  try {
    for (;;) open.push(openSync('/dev/null', 'r'));
  } catch (error) {
    t.match(error, { code: 'EMFILE' });
  }
  t.equal(processes.openPidfd(2 ** 22 + 1), undefined, 'nobody has this number');
  const of = (pid: number): Pidfd => {
    const pidfd = processes.openPidfd(pid);
    if (pidfd === undefined) throw new Error(`process ${pid} is there`);
    return pidfd;
  };
  const [first, second, third] = [of(ends!), of(told!), of(goesOn!)];
  const cancelled = first.onEnd(() => t.fail('it was cancelled'));
  cancelled.dispose();
  const seen = new Promise<void>((resolve) => void first.onEnd(resolve));
  t.equal(first.signal(0), true);
  t.equal(first.signal(SIGKILL), true);
  await seen;
  t.equal(first.exitStatus(), SIGKILL);
  reapNow(ends!);
  t.equal(first.signal(0), false, 'whoever has its number next is another one');
  first.close();

  giveBack();
  const fewer = (): number => openDescriptors(process.pid).length;
  const before = fewer();
  const [later, last] = [second, third].map(
    (pidfd) => new Promise<void>((resolve) => void pidfd.onEnd(resolve)),
  );
  while (fewer() < before + 2) await new Promise((resolve) => setTimeout(resolve, 20));
  t.pass('there are pidfds now');
  for (const pidfd of [second, third]) pidfd.signal(SIGKILL);
  await Promise.all([later, last]);
  for (const pid of [told!, goesOn!]) reapNow(pid);
  for (const pidfd of [second, third]) pidfd.close();
  t.equal(fewer(), before);
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
