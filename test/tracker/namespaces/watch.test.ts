/** The watch by looks at /proc, as where perf may not record: each look is where an event of the process comes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { test } from 'tap';
import { createKernel } from '../../../src/kernel/linux.js';
import { namespaceOf } from '../../../src/kernel/proc/namespace.js';
import type { NamespaceEvent } from '../../../src/tracker/events.js';
import { NamespaceWatch } from '../../../src/tracker/namespaces/watch.js';
import { until } from '../../helpers/until.js';

const kernel = createKernel();
const skip =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['/usr/bin/unshare', '/usr/bin/nsenter'].find((program) => !existsSync(program)) !== undefined
      ? 'needs unshare and nsenter'
      : false;

interface Teardown {
  teardown(handler: () => void): void;
}

/** A shell that executes the program once it has been given a line. */
function waiting(t: Teardown, program: string): ChildProcess & { readonly pid: number } {
  const child = spawn('/bin/sh', ['-c', `read line; exec ${program}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.teardown(() => void child.kill('SIGKILL'));
  return child as ChildProcess & { readonly pid: number };
}

async function letGo(child: ChildProcess & { readonly pid: number }): Promise<void> {
  child.stdin?.end('\n');
  await until('the program', () => readlinkSync(`/proc/${child.pid}/exe`).endsWith('/sleep'));
}

function watch(t: Teardown, processes: readonly number[]) {
  const told: NamespaceEvent[] = [];
  const made = new NamespaceWatch({
    kernel,
    source: { capabilities: { reportsNamespaces: false } },
    processes: () => processes,
    refresh: () => undefined,
    changed: (event) => told.push(event),
    openRecords: () => undefined,
  });
  t.teardown(() => made.close());
  made.setWatching(true);
  return { watch: made, told };
}

const exec = (pid: number) => ({ type: 'exec', time: kernel.now(), pid }) as const;

test('without perf, a change is seen when the process executes something', { skip }, async (t) => {
  const maker = waiting(t, 'unshare --uts sleep 1000');
  const enterer = waiting(t, `nsenter --uts=/proc/${maker.pid}/ns/uts sleep 1000`);
  const { watch: made, told } = watch(t, [maker.pid, enterer.pid]);
  t.equal(made.method, 'proc');
  made.onEvent(exec(maker.pid));
  t.same(told, [], 'nothing has changed yet');
  const own = namespaceOf('self', 'uts');
  await letGo(maker);
  made.onEvent(exec(maker.pid));
  const uts = namespaceOf(maker.pid, 'uts');
  t.match(told, [{ pid: maker.pid, kind: 'uts', old: own, new: uts, reason: 'unshare' }]);
  await letGo(enterer);
  made.onEvent(exec(enterer.pid));
  t.match(told.slice(1), [{ pid: enterer.pid, kind: 'uts', old: own, new: uts, reason: 'setns' }]);
  made.onEvent(exec(enterer.pid));
  t.equal(told.length, 2, 'each change is told once');
});

test('a namespace that a process of nobody made before has been entered', { skip }, async (t) => {
  const stranger = waiting(t, 'unshare --uts sleep 1000');
  const enterer = waiting(t, `nsenter --uts=/proc/${stranger.pid}/ns/uts sleep 1000`);
  const { watch: made, told } = watch(t, [enterer.pid]);
  await letGo(stranger);
  await letGo(enterer);
  made.onEvent(exec(enterer.pid));
  t.match(told, [{ pid: enterer.pid, kind: 'uts', reason: 'setns' }]);
});

test(
  'a parent that changed before it forked is told of before its child, which inherits',
  { skip },
  async (t) => {
    const parent = waiting(t, 'unshare --uts sh -c "sleep 1000 & wait"');
    const { watch: made, told } = watch(t, [parent.pid]);
    parent.stdin?.end('\n');
    const [child] = await until('the child', () => {
      const children = kernel.proc.children(parent.pid);
      return children.length > 0 && children;
    });
    t.teardown(() => void process.kill(child!, 'SIGKILL'));
    made.onEvent({ type: 'fork', time: kernel.now(), parent: parent.pid, child: child! });
    t.match(told, [{ pid: parent.pid, kind: 'uts', reason: 'unshare' }]);
    t.equal(told.length, 1);
  },
);

test('nothing is looked at while nobody wants to know', { skip }, async (t) => {
  const maker = waiting(t, 'unshare --uts sleep 1000');
  const { watch: made, told } = watch(t, [maker.pid]);
  made.setWatching(false);
  await letGo(maker);
  made.onEvent(exec(maker.pid));
  t.same(told, []);
  t.notOk(made.isWatching);
});
