import { test } from 'tap';
import type { FeedEntry, FeedFilter } from '../../../src/supervisor/api/feed.js';
import { Feed } from '../../../src/supervisor/feed/feed.js';
import { History } from '../../../src/supervisor/feed/history.js';
import { jobKey } from '../../../src/tracker/job-key.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';

const WEB = jobKey({ name: 'web', instance: '' });
const fork = (child: number, time = 0): ProcessEvent => ({ type: 'fork', time, parent: 1, child });

function feed() {
  const time = { of: Date.parse('2026-01-02T03:04:05.000Z') };
  const begun = time.of;
  let changes = 0;
  const made = new Feed(
    { timeOfDay: () => time.of, monotonic: () => (time.of - begun) * 1e6 },
    () => changes++,
  );
  /** what a reader with this filter is told, in short */
  const read = (filter: FeedFilter) => {
    const entries: FeedEntry[] = [];
    const subscription = made.subscribe(filter, (entry) => entries.push(entry));
    return { entries, dispose: () => subscription.dispose() };
  };
  return { feed: made, time, read, changes: () => changes };
}

function short(entry: FeedEntry): string {
  if (entry.type === 'process')
    return entry.event.type === 'fork' ? `fork ${entry.event.child}` : entry.event.type;
  return entry.type === 'log' ? entry.text : entry.type;
}

test('a process event has the time at which it happened, not that of the telling', (t) => {
  const { feed: made, time, read } = feed();
  const { entries } = read({});
  time.of += 5000;
  made.processEvent(WEB, fork(7, 1e9));
  t.match(entries, [{ at: '2026-01-02T03:04:06.000Z', type: 'process', job: 'web' }]);
  t.end();
});

test('types are those of entries, of process events and of verdicts', (t) => {
  const { feed: made, read } = feed();
  const verdict = { type: 'verdict', job: 'web', pid: 1, reason: '' } as const;
  const readers = [['process'], ['fork'], ['hand-off'], ['sid', 'log']].map((types) => read({ types }));
  made.processEvent(WEB, fork(7));
  made.processEvent(WEB, { type: 'sid', time: 0, pid: 7 });
  made.publish({ ...verdict, verdict: 'hand-off', to: 2 });
  made.publish({ ...verdict, verdict: 'died' });
  made.publish({ type: 'log', level: 'info', text: 'hello' });
  t.same(
    readers.map(({ entries }) => entries.map(short)),
    [['fork 7', 'sid'], ['fork 7'], ['verdict'], ['sid', 'hello']],
  );
  t.end();
});

test('a reader who comes later is told what has been kept, in order, and then what happens', (t) => {
  const { feed: made, time, read } = feed();
  made.publish({ type: 'log', level: 'info', text: 'long ago' });
  time.of += 60_000;
  const since = time.of;
  made.publish({ type: 'log', level: 'info', text: 'one' });
  made.processEvent(WEB, fork(7, 60e9));
  made.publish({ type: 'log', level: 'info', text: 'two' });
  const { entries } = read({ since });
  made.processEvent(WEB, fork(8, 60e9));
  t.same(entries.map(short), ['one', 'fork 7', 'two', 'fork 8']);
  t.end();
});

test('a reader who asks for more than is kept is told from when on it is complete', (t) => {
  const { feed: made, time, read } = feed();
  for (let child = 1; child <= 10_000; child += 1) {
    time.of += 1;
    made.processEvent(WEB, fork(child, child * 1e6));
  }
  const { entries } = read({ since: 0 });
  const kept = entries.length - 1;
  t.match(entries[0], { type: 'history', forgotten: 10_000 - kept, from: entries[1]?.at });
  t.same(short(entries[1]!), `fork ${10_000 - kept + 1}`);
  const later = read({ since: time.of - 100 });
  t.equal(later.entries.length, 101, 'and nothing of it where that is not asked for');
  t.end();
});

test('readers of the machine are told by the source, and of namespaces by whoever watches them', (t) => {
  const { feed: made, read } = feed();
  const [jobs, machine] = [read({}), read({ machine: true })];
  made.processEvent(WEB, fork(7));
  made.machineEvent(undefined, fork(8));
  made.processEvent(WEB, {
    type: 'namespace',
    time: 0,
    pid: 7,
    kind: 'net',
    old: 1,
    new: 2,
    reason: 'clone',
  });
  made.overflow({ type: 'overflow', time: 0 });
  t.same(jobs.entries.map(short), ['fork 7', 'namespace', 'overflow']);
  t.same(machine.entries.map(short), ['fork 8', 'namespace']);
  t.end();
});

test('who listens is known, and to what', (t) => {
  const { feed: made, read, changes } = feed();
  t.notOk(made.hasReaders);
  const states = read({ types: ['state'] });
  t.ok(made.hasReaders);
  t.notOk(made.isWanted('namespace'));
  const all = read({ machine: true });
  t.ok(made.isWanted('namespace') && made.hasMachineReaders);
  all.dispose();
  all.dispose();
  t.notOk(made.isWanted('namespace') || made.hasMachineReaders);
  states.dispose();
  t.notOk(made.hasReaders);
  t.equal(changes(), 4, 'each coming and going once');
  t.end();
});

test('a job may be a pattern', (t) => {
  const { feed: made, read } = feed();
  const { entries } = read({ job: 'w*' });
  made.processEvent(WEB, fork(7));
  made.processEvent(jobKey({ name: 'db', instance: '' }), fork(8));
  made.publish({ type: 'log', level: 'info', text: 'of no job' });
  t.same(entries.map(short), ['fork 7']);
  t.end();
});

test('a history keeps the latest, in order', (t) => {
  const history = new History<string>(4);
  t.same(history.recall(), { items: [], forgotten: 0 });
  for (const [order, item] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) history.keep(item, order);
  t.same(history.recall(), {
    items: [
      { order: 2, item: 'c' },
      { order: 3, item: 'd' },
      { order: 4, item: 'e' },
      { order: 5, item: 'f' },
    ],
    forgotten: 2,
  });
  t.end();
});
