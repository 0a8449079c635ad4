import { constants } from 'node:os';
import { test } from 'tap';

import type { ChildChange } from '../../../src/kernel/kernel.js';
import { end, kernel, shell } from '../support.js';

const { SIGCONT, SIGKILL, SIGSTOP, SIGTERM } = constants.signals;
const { processes } = kernel;

/** Sees a change, takes it, and sees that it has gone. */
function takeChange(): ChildChange | undefined {
  const change = processes.nextChange();
  if (change !== undefined) processes.consume(change);
  return change;
}

/** Resolves when there is a change to see: looked for at once, since SIGCHLD may have come before, and at each SIGCHLD. */
function childChange(): Promise<void> {
  return new Promise((resolve) => {
    // a signal handler alone does not keep Node running
    const keepRunning = setInterval(() => undefined, 60_000);
    const look = (): void => {
      if (processes.nextChange() === undefined) return;
      process.off('SIGCHLD', look);
      clearInterval(keepRunning);
      resolve();
    };
    process.on('SIGCHLD', look);
    look();
  });
}

test('without children there is nothing to see', (t) => {
  t.equal(processes.nextChange(), undefined);
  t.end();
});

test('an exit is seen with its raw status until it is consumed', async (t) => {
  const pid = shell('exit 7');
  await end(pid);
  const expected = { kind: 'ended', pid, status: 7 << 8 };
  t.strictSame(processes.nextChange(), expected);
  t.strictSame(processes.nextChange(), expected, 'looking does not take');
  t.ok(kernel.proc.stat(pid), 'a zombie has an entry in /proc');
  t.strictSame(takeChange(), expected);
  t.equal(processes.nextChange(), undefined);
  t.equal(kernel.proc.stat(pid), undefined);
});

test('an end by a signal is seen with the signal', async (t) => {
  const pid = shell('kill -TERM $$');
  await end(pid);
  t.strictSame(takeChange(), { kind: 'ended', pid, status: SIGTERM });
});

test('a stop is seen once, then the end', async (t) => {
  const pid = shell('kill -STOP $$; exit 3');
  await childChange();
  t.strictSame(takeChange(), { kind: 'stopped', pid, signal: SIGSTOP });
  t.equal(processes.nextChange(), undefined);
  processes.kill(pid, SIGCONT);
  await end(pid);
  t.strictSame(takeChange(), { kind: 'ended', pid, status: 3 << 8 });
});

test('consuming what somebody else has reaped does no harm', async (t) => {
  const pid = shell('exit 0');
  await end(pid);
  takeChange();
  t.doesNotThrow(() => processes.consume({ kind: 'ended', pid, status: 0 }));
});

test('several ends come one by one', async (t) => {
  const pids = [shell('exit 1'), shell('exit 2'), shell('exit 3')];
  await Promise.all(pids.map(end));
  const seen = pids.map(() => takeChange()?.pid);
  t.strictSame(new Set(seen), new Set(pids));
  t.equal(processes.nextChange(), undefined);
});

test('an orphan becomes our child once we are a subreaper', async (t) => {
  processes.becomeSubreaper();
  const launcher = shell('sleep 1000 & exit 0');
  await end(launcher);
  takeChange();
  const [orphan] = kernel.proc.children(process.pid);
  t.equal(kernel.proc.stat(orphan ?? 0)?.session, launcher);
  t.strictSame(kernel.proc.mainThreadChildren(process.pid), [orphan], 'and one of our main thread');
  processes.kill(orphan ?? 0, SIGKILL);
  await end(orphan ?? 0);
  t.strictSame(takeChange(), { kind: 'ended', pid: orphan, status: SIGKILL });
});

test('a child that has ended can be looked at and reaped by its pid alone', async (t) => {
  const pid = shell('exit 3');
  await end(pid);
  t.equal(processes.hasEnded(pid), true);
  t.equal(processes.hasEnded(pid), true, 'looking does not take');
  t.equal(processes.reapEnded(pid), 3 << 8);
  t.equal(processes.reapEnded(pid), undefined, 'it is gone');
  t.equal(processes.hasEnded(pid), true, 'what is no child of ours counts as ended');
});

test('a child that lives has not ended, and is not reaped', async (t) => {
  const pid = shell('exec sleep 1000');
  t.equal(processes.hasEnded(pid), false);
  t.equal(processes.reapEnded(pid), undefined);
  processes.kill(pid, SIGKILL);
  await end(pid);
  t.equal(processes.reapEnded(pid), SIGKILL);
});
