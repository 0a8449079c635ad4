import { existsSync } from 'node:fs';
import { test } from 'tap';

import { createKernel } from '../../../src/kernel/linux.js';
import { reapNow } from '../../../src/kernel/process/wait.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';
import { ConnectorSource } from '../../../src/tracker/sources/connector.js';
import { testConnector } from '../../../src/tracker/sources/connector-self-test.js';
import { Barrier, end, Lines, result, shell, start } from '../../kernel/support.js';

const kernel = createKernel();

const selfTest = testConnector();
/** Says aloud why nothing is tested here. */
const skip = selfTest.works ? false : `the proc connector does not work here: ${selfTest.reason}`;

/** False, or why a test is skipped. */
function needs(program: string, user?: 'root'): string | false {
  if (user === 'root' && process.getuid?.() !== 0) return 'needs root';
  return existsSync(program) ? false : `needs ${program}`;
}

interface Teardown {
  teardown(handler: () => void): void;
}

function listen(t: Teardown) {
  const source = new ConnectorSource(kernel);
  const events: ProcessEvent[] = [];
  source.start((delivered) => events.push(...delivered));
  t.teardown(() => source.stop());
  /** events that name this pid as their subject, in order; a fork is its child's */
  const of = (pid: number): ProcessEvent[] =>
    events.filter((event) =>
      event.type === 'fork' ? event.child === pid : 'pid' in event && event.pid === pid,
    );
  return { source, events, of };
}

test('fork, session, exec and exit of a child come in order, read by one drain', { skip }, async (t) => {
  const { source, of } = listen(t);
  const pid = shell('exit 3');
  source.follow(pid);
  await result(pid);
  source.drain();
  const seen = of(pid);
  t.match(seen, [
    { type: 'fork', parent: process.pid, child: pid },
    { type: 'sid', pid },
    { type: 'exec', pid },
    { type: 'exit', pid, status: 3 << 8 },
  ]);
  t.ok(seen.every((event, index) => index === 0 || event.time >= seen[index - 1]!.time));
});

test('a fork is in the queue when the spawn returns', { skip }, (t) => {
  const { source, of } = listen(t);
  const pid = start('/bin/true', ['true']);
  source.drain();
  t.match(of(pid)[0], { type: 'fork', parent: process.pid });
  reapNow(pid);
  t.end();
});

test(
  'program and arguments are read of followed processes and their descendants only',
  { skip },
  async (t) => {
    const { source, of } = listen(t);
    const lines = new Lines(t);
    const barrier = new Barrier(t);
    const script = `sh -c 'echo $$ >&3; read line <${barrier.path}' named; true`;
    const pids = [];
    for (const followed of [true, false]) {
      const launcher = shell(script, { descriptors: [lines.writer] });
      if (followed) source.follow(launcher);
      const child = Number(await lines.next());
      source.drain();
      barrier.open();
      await result(launcher);
      pids.push(child);
    }
    const execs = pids.map((pid) => of(pid).find((event) => event.type === 'exec'));
    t.match(execs[0], { argv: ['sh', '-c', /^echo/, 'named'], executable: /sh$/ });
    t.notOk(execs[1] !== undefined && 'argv' in execs[1]);
  },
);

const skipIdentity = skip || needs('/usr/bin/setpriv', 'root');

test('changes of identity come with real and effective ids', { skip: skipIdentity }, async (t) => {
  const { source, of } = listen(t);
  const pid = start('/usr/bin/setpriv', [
    'setpriv',
    '--reuid=33',
    '--regid=34',
    '--clear-groups',
    '/bin/true',
  ]);
  await result(pid);
  source.drain();
  const found = (type: string) => of(pid).find((event) => event.type === type);
  t.match(found('uid'), { real: 33, effective: 33 });
  t.match(found('gid'), { real: 34, effective: 34 });
});

test('events come by themselves, without a drain', { skip }, async (t) => {
  const source = new ConnectorSource(kernel);
  t.teardown(() => source.stop());
  let pid = 0;
  const exit = new Promise<ProcessEvent>((resolve) => {
    source.start((events) => {
      for (const event of events) if (event.type === 'exit' && event.pid === pid) resolve(event);
    });
  });
  pid = shell('exit 0');
  t.match(await exit, { type: 'exit', status: 0 });
  await result(pid);
});

test('in a storm of 2,000 processes nothing is lost', { skip }, async (t) => {
  const { source, events } = listen(t);
  const storm = 'i=0; while [ $i -lt 1000 ]; do (exit 5); i=$((i+1)); done';
  const launchers = [shell(storm), shell(storm)];
  launchers.forEach((pid) => source.follow(pid));
  await Promise.all(launchers.map(result));
  source.drain();
  t.notOk(events.some(({ type }) => type === 'overflow'));
  for (const launcher of launchers) {
    const children = events.flatMap((event) =>
      event.type === 'fork' && event.parent === launcher ? [event.child] : [],
    );
    t.equal(children.length, 1000);
    const failed = new Set(
      events.flatMap((event) => (event.type === 'exit' && event.status === 5 << 8 ? [event.pid] : [])),
    );
    t.equal(children.filter((pid) => failed.has(pid)).length, 1000);
  }
});

test('threads never appear', { skip }, async (t) => {
  const { source, events } = listen(t);
  // Node starts about ten threads
  const pid = start(process.execPath, ['node', '-e', '0']);
  await result(pid);
  source.drain();
  t.strictSame(
    events.filter((event) => event.type === 'fork' && event.parent === pid),
    [],
  );
  t.equal(events.filter((event) => event.type === 'exit' && event.pid === pid).length, 1);
});

/** Its first thread leaves at once; the other one waits for the barrier and ends the process with status 3. */
const LEADER_LEAVES = `
import ctypes, os, sys, threading
def wait():
    os.write(3, b'ready\\n')
    open(sys.argv[1]).readline()
    os._exit(3)
threading.Thread(target=wait).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)
`;

const skipThreads = skip || needs('/usr/bin/python3');

test(
  'the exit of the first thread is not the end of a process that has another',
  { skip: skipThreads },
  async (t) => {
    const { source, of } = listen(t);
    const lines = new Lines(t);
    const barrier = new Barrier(t);
    const pid = start('/usr/bin/python3', ['python3', '-c', LEADER_LEAVES, barrier.path], {
      descriptors: [lines.writer],
    });
    source.follow(pid);
    await lines.next();
    await leaderIsZombie(pid);
    source.drain();
    const exits = () => of(pid).filter(({ type }) => type === 'exit');
    t.strictSame(exits(), []);
    t.equal(kernel.proc.isAlive(pid), true);
    barrier.open();
    await end(pid);
    source.drain();
    t.match(exits(), [{ pid }]);
    t.equal(reapNow(pid), 3 << 8);
  },
);

/** The first thread ends right after the other has begun, and nothing tells of it: the kernel keeps that event from us. */
async function leaderIsZombie(pid: number): Promise<void> {
  while (kernel.proc.stat(pid)?.state !== 'Z') await new Promise((resolve) => setImmediate(resolve));
}

test('a stopped source delivers nothing more and releases what it had', { skip }, async (t) => {
  const { source, events } = listen(t);
  source.stop();
  source.stop();
  const pid = shell('exit 0');
  await result(pid);
  source.drain();
  t.strictSame(events, []);
  t.doesNotThrow(() => source.start(() => undefined), 'it can be started again');
});

test('a source cannot be started twice', { skip }, (t) => {
  const { source } = listen(t);
  t.throws(() => source.start(() => undefined), /started already/);
  t.end();
});

test('a drain from within a delivery is delivered after it, never within', { skip }, async (t) => {
  const source = new ConnectorSource(kernel);
  t.teardown(() => source.stop());
  let depth = 0;
  let deepest = 0;
  source.start(() => {
    deepest = Math.max(deepest, ++depth);
    source.drain();
    depth--;
  });
  await result(shell('exit 0'));
  source.drain();
  t.equal(deepest, 1);
});

test('the self-test leaves neither a process nor a descriptor', (t) => {
  const before = kernel.proc.children(process.pid);
  testConnector();
  t.strictSame(kernel.proc.children(process.pid), before);
  t.end();
});

for (const { namespace, flag, reason } of [
  { namespace: 'network', flag: '--net', reason: /network namespace of our own/ },
  { namespace: 'pid', flag: '--pid', reason: /pid namespace of our own/ },
]) {
  test(
    `in a ${namespace} namespace of its own the self-test says why not`,
    { skip: needs('/usr/bin/unshare', 'root') },
    async (t) => {
      const lines = new Lines(t);
      const module = new URL('../../../src/tracker/sources/connector-self-test.js', import.meta.url).href;
      const program = `import(${JSON.stringify(module)}).then(({ testConnector }) => require('fs').writeSync(3, JSON.stringify(testConnector()) + '\\n'))`;
      const argv = ['unshare', flag, '--fork', process.execPath, '-e', program];
      const pid = start('/usr/bin/unshare', argv, { descriptors: [lines.writer] });
      const answer: unknown = JSON.parse(await lines.next());
      await result(pid);
      t.match(answer, { works: false, reason, remedy: /tracker/ });
    },
  );
}
