/** The library as others use it: by the name of the package. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connector, perf, type ProcessEvent } from 'foster/tracker';
import { test } from 'tap';

const tests = { connector: connector.test(), perf: perf.test() };
const skip = {
  connector: tests.connector.works
    ? false
    : `the proc connector does not work here: ${tests.connector.reason}`,
  perf: tests.perf.works ? false : `perf does not work here: ${tests.perf.reason}`,
};

/** A shell whose child outlives it for as long as its standard input is open. */
const ORPHANING = 'sh -c "read line" <&3 & exit 3';

test(
  'for await gives the life of a process in order, with its arguments',
  { skip: skip.connector },
  async (t) => {
    const seen: ProcessEvent[] = [];
    // the iterator listens from now on, the loop takes what has come
    const events = connector({ types: ['fork', 'exec', 'exit'] })[Symbol.asyncIterator]();
    const child = spawn('/bin/sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
    for await (const event of events) {
      const pid = event.type === 'fork' ? event.child : 'pid' in event && event.pid;
      if (pid !== child.pid) continue;
      seen.push(event);
      if (event.type === 'exec') child.stdin.end();
      if (event.type === 'exit') break;
    }
    t.match(seen, [
      { type: 'fork', parent: process.pid },
      { type: 'exec', argv: ['/bin/sh', '-c', 'read line'] },
      { type: 'exit', status: 1 << 8 },
    ]);
    t.ok(seen.every(({ cpu, sequence }) => cpu !== undefined && sequence !== undefined));
  },
);

test(
  'a notice of adoption follows the exit that caused it, and names the new parent',
  { skip: skip.connector },
  async (t) => {
    const seen: ProcessEvent[] = [];
    const events = connector();
    t.teardown(events.listen((event) => seen.push(event)));
    const child = spawn('/bin/sh', ['-c', ORPHANING], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    await once(child, 'exit');
    // the exit event was queued before its parent could wait
    events.drain();
    child.stdio[3]?.destroy();
    const exit = seen.findIndex((event) => event.type === 'exit' && event.pid === child.pid);
    const fork = seen.find((event) => event.type === 'fork' && event.parent === child.pid);
    t.match(seen[exit], { status: 3 << 8 });
    t.match(seen[exit + 1], {
      type: 'adopted',
      pid: fork?.type === 'fork' && fork.child,
      formerParent: child.pid,
    });
    const notice = seen[exit + 1];
    t.not(notice?.type === 'adopted' && notice.newParent, child.pid);
  },
);

test('only the types that were asked for are told', { skip: skip.connector }, async (t) => {
  const seen: ProcessEvent[] = [];
  const events = connector({ types: ['exit'] });
  t.teardown(events.listen((event) => seen.push(event)));
  const child = spawn('/bin/true');
  await once(child, 'exit');
  events.drain();
  t.ok(seen.some((event) => event.type === 'exit' && event.pid === child.pid));
  t.ok(seen.every(({ type }) => type === 'exit'));
});

test('perf tells of children that are followed', { skip: skip.perf }, async (t) => {
  const seen: ProcessEvent[] = [];
  const events = perf();
  t.teardown(events.listen((event) => seen.push(event)));
  const child = spawn('/bin/sh', ['-c', 'read line; /bin/true; exit 0'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  events.follow(child.pid!);
  child.stdin.end();
  await once(child, 'exit');
  events.drain();
  t.ok(seen.some((event) => event.type === 'fork' && event.parent === child.pid));
  t.ok(seen.some((event) => event.type === 'exit' && event.pid === child.pid));
});
