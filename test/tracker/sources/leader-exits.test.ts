import { test } from 'tap';

import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import type { ExitEvent } from '../../../src/tracker/events.js';
import { LeaderExits } from '../../../src/tracker/sources/leader-exits.js';

function setUp(kernel = new FakeKernel()) {
  const pid = kernel.table.fork(kernel.ownPid);
  const ended: ExitEvent[] = [];
  const exits = new LeaderExits(kernel, (event) => ended.push(event));
  const event: ExitEvent = { type: 'exit', time: 1, pid, status: 0 };
  return { kernel, pid, exits, event, ended };
}

test('the exit of a process that is a zombie or gone is not held', (t) => {
  const { kernel, pid, exits, event } = setUp();
  kernel.table.exit(pid);
  t.equal(exits.hold(event), false);
  kernel.table.reap(pid);
  t.equal(exits.hold(event), false);
  t.end();
});

test('the exit of a leader is held until the last thread has gone, and has its status', (t) => {
  const { kernel, pid, exits, event, ended } = setUp();
  kernel.table.setThreads(pid, 2);
  t.equal(exits.hold(event), true);
  t.strictSame(exits.takeEnded(), []);
  kernel.table.setThreads(pid, 1);
  kernel.table.exit(pid, 3 << 8);
  t.strictSame(ended, [{ ...event, status: 3 << 8 }]);
  t.strictSame(exits.takeEnded(), [], 'told once');
  t.end();
});

test('an exec by another thread means that the process did not end', (t) => {
  const { kernel, pid, exits, event, ended } = setUp();
  t.equal(exits.hold(event), true);
  exits.forget(pid);
  kernel.table.exit(pid);
  t.strictSame(ended, []);
  t.equal(exits.hold(event), false, 'its own end later is its end');
  t.end();
});

test('the fork of a new process with the pid proves that the former one has ended', (t) => {
  const { exits, pid, event } = setUp();
  exits.hold(event);
  t.equal(exits.takeReplaced(pid), event);
  t.equal(exits.takeReplaced(pid), undefined);
  t.end();
});

test('of a child of ours, the kernel is asked whether it has ended', (t) => {
  const { kernel, pid, exits, event } = setUp(new FakeKernel(process.pid));
  const ours = { ...event, parent: process.pid };
  t.equal(exits.hold(ours), true, 'its leader has left, another thread lives');
  kernel.table.exit(pid);
  t.equal(exits.hold(ours), false);
  t.end();
});

test('a child of ours whose last thread has begun to exit needs no pidfd: SIGCHLD tells of its end', (t) => {
  const { kernel, pid, exits, event, ended } = setUp(new FakeKernel(process.pid));
  const ours = { ...event, parent: process.pid };
  kernel.table.beginExit(pid);
  t.equal(exits.hold(ours), true);
  t.strictSame(exits.takeEnded(), []);
  kernel.table.exit(pid);
  t.strictSame(ended, [], 'nobody watches it');
  t.strictSame(exits.takeEnded(), [ours]);
  t.end();
});
