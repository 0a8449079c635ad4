import { test } from 'tap';

import { FakeKernel } from './fake-kernel.js';
import type { ProgramSpec } from '../../../src/kernel/kernel.js';

const NGINX: ProgramSpec = {
  path: '/usr/sbin/nginx',
  argv: ['nginx', '-g', 'x'],
  env: ['A=1'],
  newSession: true,
  descriptors: [],
};

function launch(kernel: FakeKernel): number {
  return kernel.processes.prepare(NGINX).spawn();
}

test('a started program is in the table, in a session of its own', (t) => {
  const kernel = new FakeKernel();
  kernel.advance(2e9);
  const pid = launch(kernel);
  t.match(kernel.proc.stat(pid), {
    comm: 'nginx',
    parent: 1,
    session: pid,
    group: pid,
    state: 'S',
    startTime: 200,
  });
  t.strictSame(kernel.proc.arguments(pid), NGINX.argv);
  t.strictSame(kernel.proc.environment(pid), new Map([['A', '1']]));
  t.strictSame(kernel.spawned, [{ pid, spec: NGINX }]);
  t.end();
});

test('a double fork leaves an orphan that is our child', (t) => {
  const kernel = new FakeKernel();
  const launcher = launch(kernel);
  const daemon = kernel.table.fork(launcher);
  kernel.table.setsid(daemon);
  kernel.table.exit(launcher);
  t.match(kernel.proc.stat(daemon), { parent: kernel.ownPid, session: daemon });
  t.strictSame(kernel.processes.nextChange(), { kind: 'ended', pid: launcher, status: 0 });
  kernel.processes.consume({ kind: 'ended', pid: launcher, status: 0 });
  t.equal(kernel.processes.nextChange(), undefined);
  t.equal(kernel.proc.stat(launcher), undefined);
  t.end();
});

test('signals are recorded and reach the reaction', (t) => {
  const kernel = new FakeKernel();
  const pid = launch(kernel);
  kernel.onSignal(({ signal }) => kernel.table.exit(pid, signal));
  t.equal(kernel.processes.killGroup(pid, 15), true);
  t.strictSame(kernel.signals, [{ pid: -pid, signal: 15 }]);
  t.strictSame(kernel.processes.nextChange(), { kind: 'ended', pid, status: 15 });
  t.equal(kernel.processes.kill(4711, 15), false);
  t.throws(() => kernel.processes.kill(-1, 15), RangeError);
  t.throws(() => kernel.processes.killGroup(1, 15), RangeError);
  t.end();
});

test('a pidfd tells the end, and does not reach a successor with the same pid', (t) => {
  const kernel = new FakeKernel();
  const pid = launch(kernel);
  const pidfd = kernel.processes.openPidfd(pid);
  let ends = 0;
  pidfd?.onEnd(() => ends++);
  kernel.table.exit(pid, 0x0300);
  t.equal(ends, 1);
  t.equal(pidfd?.exitStatus(), 0x0300);
  kernel.table.reap(pid);
  kernel.advance(1e9);
  kernel.table.fork(kernel.ownPid, pid);
  t.equal(pidfd?.signal(9), false);
  t.end();
});

test('a program that was removed cannot be started', (t) => {
  const kernel = new FakeKernel();
  kernel.removeProgram(NGINX.path);
  t.throws(() => launch(kernel), { code: 'ENOENT', message: /^start \/usr\/sbin\/nginx: / });
  t.end();
});

test('a stop is seen once', (t) => {
  const kernel = new FakeKernel();
  const pid = launch(kernel);
  kernel.table.stop(pid, 19);
  const change = { kind: 'stopped', pid, signal: 19 } as const;
  t.strictSame(kernel.processes.nextChange(), change);
  kernel.processes.consume(change);
  t.equal(kernel.processes.nextChange(), undefined);
  t.end();
});
