import { existsSync } from 'node:fs';

import { test } from 'tap';

import type { PerfRecord } from '../../../src/kernel/perf/records.js';
import { PerfTaskEvents } from '../../../src/kernel/perf/task-events.js';
import { reapNow } from '../../../src/kernel/process/wait.js';
import { testPerf } from '../../../src/tracker/sources/perf-self-test.js';
import { kernel, Lines, result, shell, start } from '../support.js';

const selfTest = testPerf();
const skip = selfTest.works ? false : `perf does not work here: ${selfTest.reason}`;

function listen(t: { teardown(handler: () => void): void }) {
  const events = PerfTaskEvents.open();
  t.teardown(() => events.close());
  const seen: PerfRecord[] = [];
  const read = (now = kernel.now()): number => events.read(now, (record) => seen.push(record));
  return { events, seen, read };
}

test('fork, exec and exit of a child come in order of time, with whose child it is', { skip }, (t) => {
  const { seen, read } = listen(t);
  const pid = start('/bin/true', ['true']);
  reapNow(pid);
  t.ok(read() >= 3);
  const own = seen.filter((record) => record.kind === 'fork' || ('pid' in record && record.pid === pid));
  const kinds = own.map(({ kind }) => kind).filter((kind) => kind !== 'namespaces' && kind !== 'comm');
  t.same(kinds, ['fork', 'exec', 'exit']);
  t.match(own[0], { parent: process.pid, child: pid });
  t.match(own.at(-1), { kind: 'exit', parent: process.pid });
  t.ok(seen.every(({ time }, index) => index === 0 || time >= seen[index - 1]!.time));
  t.end();
});

test('what is younger than the reading waits for the next one', { skip }, (t) => {
  const { events, seen, read } = listen(t);
  const before = kernel.now();
  reapNow(start('/bin/true', ['true']));
  t.equal(read(before), 0);
  t.ok(events.hasMore);
  t.ok(read() > 0);
  t.notOk(events.hasMore);
  t.ok(seen.some(({ kind }) => kind === 'fork'));
  t.end();
});

test('thousands of forks go round the rings, and none is missed', { skip }, async (t) => {
  const { seen, read } = listen(t);
  const lines = new Lines(t);
  const script =
    'for round in 1 2 3 4; do i=0; while [ $i -lt 500 ]; do (:); i=$((i+1)); done; echo >&3; done';
  const pid = shell(script, { descriptors: [lines.writer] });
  for (let round = 0; round < 4; round++) {
    await lines.next();
    read();
  }
  await result(pid);
  read();
  t.equal(seen.filter((record) => record.kind === 'fork' && record.parent === pid).length, 2000);
  t.notOk(seen.some(({ kind }) => kind === 'lost'));
});

const TASKSET = '/usr/bin/taskset';
const skipLoss = skip || (existsSync(TASKSET) ? false : `needs ${TASKSET}`);

test('what was not read in time is said to be lost', { skip: skipLoss }, async (t) => {
  const { seen, read } = listen(t);
  // 4000 short lives are more than the largest ring holds
  const script = 'i=0; while [ $i -lt 4000 ]; do (:); i=$((i+1)); done';
  await result(start(TASKSET, ['taskset', '-c', '0', '/bin/sh', '-c', script]));
  read();
  // the record of the loss comes with the next that finds room
  reapNow(start(TASKSET, ['taskset', '-c', '0', '/bin/true']));
  read();
  t.ok(seen.some((record) => record.kind === 'lost' && record.count > 0));
});

test(
  'a change of namespaces is told',
  { skip: skip || (process.getuid?.() === 0 ? false : 'needs root') },
  async (t) => {
    const { seen, read } = listen(t);
    const pid = start('/usr/bin/unshare', ['unshare', '--uts', '/bin/true']);
    await result(pid);
    read();
    const uts = seen.flatMap((record) =>
      record.kind === 'namespaces' && record.pid === pid ? [record.inodes.get('uts')] : [],
    );
    t.equal(new Set(uts).size, 2);
  },
);

test('nothing is left open when it is closed, and reading then finds nothing', { skip }, (t) => {
  const events = PerfTaskEvents.open();
  t.ok(events.descriptors.length > 0);
  events.close();
  t.same(events.descriptors, []);
  t.equal(
    events.read(kernel.now(), () => t.fail('there is nothing')),
    0,
  );
  t.end();
});
