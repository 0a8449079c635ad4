/** What one look at /proc says about what has happened. Pids and times are made up; the supervisor is process 1. */
import { test } from 'tap';
import type { Nanoseconds, ProcessEvent } from '../../../src/tracker/events.js';
import { Marks } from '../../../src/tracker/scan/mark.js';
import { reconcile, type Reconciled } from '../../../src/tracker/scan/reconcile.js';
import type { LastSeen } from '../../../src/tracker/scan/last-seen.js';
import { TICK } from '../../../src/tracker/scan/snapshot.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import { madeSnapshot, type MadeProcess } from './made-snapshot.js';

const marks = new Marks();

const SELF = 1;
const START: Nanoseconds = 1000e9;
const MS: Nanoseconds = 1e6;
const key = (job: string): string => `${job}\0`;

class Case {
  now = START;
  readonly tracker = new Tracker(SELF, { isAlive: () => true, sessionOf: () => undefined });
  readonly #sightings = new Map<number, LastSeen>();

  launch(pid: number, job = 'daemon'): this {
    this.tracker.launch(key(job), pid, this.now, this.now, ['/sbin/daemon']);
    return this;
  }

  /** The look at /proc, some time after what came before; what it says is observed. */
  look(after: Nanoseconds, ...entries: readonly MadeProcess[]): Reconciled {
    this.now += after;
    const view = {
      lineage: this.tracker.lineage,
      self: SELF,
      jobOf: (process: Parameters<Tracker['jobOf']>[0]) => this.tracker.jobOf(process),
      isOther: (pid: number) => this.tracker.isOther(pid),
      marks: this.tracker.marks,
      former: this.tracker.former,
    };
    const snapshot = madeSnapshot(entries, this.now, { parent: SELF, startTime: START / TICK });
    const found = reconcile(view, snapshot, this.#sightings);
    this.tracker.observe(found.events, this.now);
    return found;
  }
}

/** `fork 100 101`, `sid 101`, `exec 101`, `exit 100`. */
function inShort(events: readonly ProcessEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.type === 'fork') return `fork ${event.parent} ${event.child}`;
    return 'pid' in event ? `${event.type} ${event.pid}` : event.type;
  });
}

const tick = (milliseconds: number): number => Math.floor((START + milliseconds * MS) / TICK);

test('children of known processes are found, in order of birth, with theirs', (t) => {
  const { events } = new Case()
    .launch(100)
    .look(
      50 * MS,
      { pid: 102, parent: 101, session: 100, startTime: tick(20) },
      { pid: 101, parent: 100, session: 100, startTime: tick(10) },
      { pid: 100 },
    );
  t.same(inShort(events), ['fork 100 101', 'fork 101 102']);
  t.end();
});

test('a session that was made before a fork is told before it, one that was made after it is told after it', (t) => {
  const { events } = new Case()
    .launch(100)
    .look(
      50 * MS,
      { pid: 100 },
      { pid: 101, parent: 100, session: 101, startTime: tick(10) },
      { pid: 102, parent: 101, session: 101, startTime: tick(20) },
    );
  t.same(inShort(events), ['fork 100 101', 'sid 101', 'fork 101 102']);
  t.end();
});

test('what is gone has ended; our own zombie has not, since the wait will say how', (t) => {
  const scene = new Case().launch(100);
  scene.look(20 * MS, { pid: 100 }, { pid: 101, parent: 100, session: 100, startTime: tick(10) });
  t.same(inShort(scene.look(20 * MS, { pid: 100, dead: true }).events), ['exit 101']);
  t.same(inShort(scene.look(20 * MS, { pid: 100, dead: true }).events), []);
  t.end();
});

test('a zombie of somebody else has ended, with the status that /proc shows', (t) => {
  const scene = new Case().launch(100);
  const zombie = { pid: 101, parent: 100, session: 100, startTime: tick(10), dead: true, status: 7 << 8 };
  const { events } = scene.look(20 * MS, { pid: 100 }, zombie);
  t.match(events.at(-1), { type: 'exit', pid: 101, status: 7 << 8 });
  t.end();
});

test('a pid that has come round belongs to another process', (t) => {
  const scene = new Case().launch(100);
  scene.look(20 * MS, { pid: 100 }, { pid: 101, parent: 100, session: 100, startTime: tick(10) });
  const { events } = scene.look(5e9, { pid: 100 }, { pid: 101, parent: 7, startTime: tick(5000) });
  t.same(inShort(events), ['exit 101']);
  t.end();
});

test('an orphan in a session of the lineage is of it', (t) => {
  const { events } = new Case()
    .launch(100)
    .look(50 * MS, { pid: 100, dead: true }, { pid: 101, session: 100, comm: 'other', startTime: tick(10) });
  t.same(inShort(events), ['fork 100 101', 'exec 101'], 'and has become another program');
  t.end();
});

test('of an intermediate that has vanished, the session id of its child tells', (t) => {
  const { events } = new Case()
    .launch(100)
    .look(
      50 * MS,
      { pid: 100, dead: true },
      { pid: 102, session: 101, startTime: tick(10), mark: marks.ofJob(key('daemon')) },
    );
  t.same(inShort(events), ['fork 100 101', 'sid 101', 'fork 101 102', 'exit 101']);
  t.end();
});

const proofs: Readonly<Record<string, Partial<MadeProcess>>> = {
  'its mark': { mark: marks.ofJob(key('daemon')), comm: 'other' },
  'its environment': {
    environment: { FOSTER_JOB: 'daemon', FOSTER_INSTANCE: '', PATH: '/bin' },
    comm: 'other',
  },
  'its name, where its environment is hidden': { comm: 'daemon' },
};

for (const [what, proof] of Object.entries(proofs)) {
  test(`an orphan in a session of its own is known by ${what}`, (t) => {
    const { events } = new Case()
      .launch(100)
      .look(50 * MS, { pid: 100, dead: true }, { pid: 101, startTime: tick(10), ...proof });
    t.same(inShort(events).slice(0, 2), ['fork 100 101', 'sid 101']);
    t.end();
  });
}

const strangers: Readonly<Record<string, Partial<MadeProcess>>> = {
  'another environment': { environment: { PATH: '/bin' } },
  'another job’s mark': { mark: marks.ofJob(key('other')) },
  'another job’s name in its environment': { environment: { FOSTER_JOB: 'other', PATH: '/bin' } },
  'an earlier birth than the launcher’s': { startTime: tick(-500) },
  'another name, and is somebody’s child': { comm: 'sleep', parent: 7 },
};

for (const [what, trait] of Object.entries(strangers)) {
  test(`an orphan with ${what} is nobody’s of ours`, (t) => {
    const { events } = new Case()
      .launch(100)
      .look(50 * MS, { pid: 100, dead: true }, { pid: 101, startTime: tick(10), ...trait });
    t.same(inShort(events), []);
    t.end();
  });
}

test('a hook of the supervisor is no orphan, and neither is what is in its session', (t) => {
  const scene = new Case().launch(100);
  scene.tracker.startedOther(101);
  const environment = { FOSTER_JOB: 'daemon', FOSTER_INSTANCE: '' };
  const { events } = scene.look(
    50 * MS,
    { pid: 100, dead: true },
    { pid: 101, startTime: tick(10), environment },
    { pid: 102, session: 101, startTime: tick(20), environment },
  );
  t.same(inShort(events), []);
  t.end();
});

test('an orphan that may be of either of two jobs is claimed for neither, and that is said', (t) => {
  const { events, doubts } = new Case()
    .launch(100, 'one')
    .launch(101, 'two')
    .look(50 * MS, { pid: 100, dead: true }, { pid: 101, dead: true }, { pid: 102, startTime: tick(10) });
  t.same(inShort(events), []);
  t.same(
    doubts.map(({ orphan, launchers }) => [orphan, ...launchers.map(({ pid }) => pid)]),
    [[102, 100, 101]],
  );
  t.end();
});

test('a dead intermediate is of the job whose mark its session bears, whoever died under the same name', (t) => {
  const { events } = new Case()
    .launch(100, 'one')
    .launch(101, 'two')
    .look(
      50 * MS,
      { pid: 100, dead: true },
      { pid: 101 },
      { pid: 102, dead: true, startTime: tick(10) },
      { pid: 103, session: 102, startTime: tick(20), mark: marks.ofJob(key('two')) },
    );
  t.same(inShort(events), ['fork 101 102', 'sid 102', 'fork 102 103']);
  t.end();
});

test('a mark says more than a session that was guessed', (t) => {
  const scene = new Case().launch(100, 'one').launch(101, 'two');
  const launchers = [{ pid: 100, dead: true }, { pid: 101 }];
  const intermediate = { pid: 102, dead: true, startTime: tick(10) };
  const guess = scene.look(50 * MS, ...launchers, intermediate);
  t.same(inShort(guess.events), ['fork 100 102', 'sid 102'], 'nothing else tells of it');
  const left = { pid: 103, session: 102, startTime: tick(20), mark: marks.ofJob(key('two')) };
  const { events } = scene.look(50 * MS, ...launchers, intermediate, left);
  t.ok(inShort(events).some((event) => /^fork 10[12] 103$/.test(event)));
  const process = scene.tracker.lineage.get(103);
  t.equal(process?.launcher.pid, 101);
  t.end();
});

test('of two runs of one job, the later one that had begun by then left the orphan', (t) => {
  const scene = new Case().launch(100);
  scene.look(20 * MS, { pid: 100 });
  scene.now += 1e9;
  scene.launch(200);
  const { events } = scene.look(
    50 * MS,
    { pid: 100 },
    { pid: 200, dead: true, startTime: tick(1020) },
    { pid: 201, startTime: tick(1030), mark: marks.ofJob(key('daemon')) },
  );
  t.same(inShort(events), ['fork 200 201', 'sid 201']);
  t.end();
});

test('another stack is another program; a title is none', (t) => {
  const scene = new Case().launch(100);
  scene.look(20 * MS, { pid: 100, stackStart: 5, argv: ['/bin/sh', 'run'] });
  t.same(inShort(scene.look(20 * MS, { pid: 100, stackStart: 5, argv: ['daemon: waiting'] }).events), []);
  const { events } = scene.look(20 * MS, {
    pid: 100,
    stackStart: 6,
    argv: ['/sbin/other'],
    executable: '/sbin/other',
  });
  t.match(events, [{ type: 'exec', pid: 100, argv: ['/sbin/other'], executable: '/sbin/other' }]);
  t.end();
});

test('an exec comes after the forks of the old program and before those of the new', (t) => {
  const scene = new Case().launch(100);
  scene.look(5 * MS, { pid: 100, stackStart: 5 });
  const { events } = scene.look(
    50 * MS,
    { pid: 100, stackStart: 6 },
    { pid: 101, parent: 100, session: 100, startTime: tick(20), stackStart: 5 },
    { pid: 102, parent: 100, session: 100, startTime: tick(40), stackStart: 6 },
  );
  t.same(inShort(events), ['fork 100 101', 'exec 100', 'fork 100 102']);
  const [old, exec, young] = events;
  t.ok(old!.time < exec!.time && exec!.time <= young!.time);
  t.end();
});

/** A main that has settled, as a look showed it, with a worker. */
function settled(title: readonly string[]): Case {
  const scene = new Case().launch(100);
  const main = { pid: 101, session: 101, startTime: tick(10), stackStart: 5, argv: title };
  scene.look(20 * MS, { pid: 100, dead: true }, main);
  scene.tracker.reaped(100, 0, scene.now);
  scene.look(10e9, main, { pid: 102, parent: 101, session: 101, startTime: tick(3000), stackStart: 5 });
  return scene;
}

test('main that execs itself and daemonises again: the exec is told of the dead, before the fork', (t) => {
  const scene = settled(['daemon: 0 of 10']);
  const { events } = scene.look(
    50 * MS,
    { pid: 101, session: 101, startTime: tick(10), dead: true },
    { pid: 102, session: 101, startTime: tick(3000), stackStart: 5 },
    { pid: 103, startTime: tick(10_040), stackStart: 6 },
  );
  t.same(inShort(events).slice(0, 3), ['exec 101', 'fork 101 103', 'sid 103']);
  t.end();
});

test('an orphan that came into being while /proc was read descends from the exec before it', (t) => {
  const scene = new Case().launch(100);
  const orphan = { pid: 101, session: 101, startTime: tick(20), environment: { FOSTER_JOB: 'daemon' } };
  scene.look(5 * MS, { pid: 100, stackStart: 5 });
  // this look began before the tick in which the orphan was born
  const { events } = scene.look(10 * MS, { pid: 100, dead: true }, { ...orphan, stackStart: 6 });
  t.same(inShort(events).slice(0, 2), ['exec 100', 'fork 100 101']);
  const launcher = scene.tracker.lineage.get(100);
  t.ok(scene.tracker.lineage.get(101)!.born >= launcher!.image.since, 'so it may take over');
  t.end();
});

test('main that ends beside a worker that it has just forked has not exec’d itself', (t) => {
  const scene = settled(['daemon: 0 of 10']);
  const { events } = scene.look(
    50 * MS,
    { pid: 101, session: 101, startTime: tick(10), dead: true },
    { pid: 103, startTime: tick(10_040), stackStart: 5 },
  );
  t.same(inShort(events).slice(0, 2), ['fork 101 103', 'sid 103']);
  t.end();
});

test('a binary upgrade runs what main ran, whatever title they have given themselves', (t) => {
  const scene = settled(['daemon: 3 connections']);
  const { events } = scene.look(
    50 * MS,
    { pid: 101, session: 101, startTime: tick(10), dead: true },
    { pid: 103, session: 101, startTime: tick(8000), stackStart: 6, argv: ['daemon: 12 connections'] },
  );
  const program = scene.tracker.lineage.get(101)?.image.argv;
  t.match(events.slice(0, 2), [
    { type: 'fork', parent: 101, child: 103 },
    { type: 'exec', pid: 103, argv: program },
  ]);
  t.end();
});

test('an upgrade that was seen before it had its title is told anew when main has ended', (t) => {
  const scene = settled(['daemon: 3 connections']);
  const main = { pid: 101, session: 101, startTime: tick(10) };
  const heir = { pid: 103, session: 101, startTime: tick(8000), stackStart: 6 };
  scene.look(
    50 * MS,
    { ...main, stackStart: 5, argv: ['daemon: 3 connections'] },
    { ...heir, parent: 101, argv: ['/sbin/daemon', '-c', 'file'] },
  );
  const { events } = scene.look(
    50 * MS,
    { ...main, dead: true },
    { ...heir, argv: ['daemon: 5 connections'] },
  );
  t.match(events, [{ type: 'exec', pid: 103, argv: scene.tracker.lineage.get(101)?.image.argv }]);
  t.end();
});

test('a second look at the same says nothing', (t) => {
  const scene = new Case().launch(100);
  const entries = [
    { pid: 100, stackStart: 5 },
    { pid: 101, parent: 100, session: 101, startTime: tick(10), stackStart: 6 },
    { pid: 102, parent: 101, session: 101, startTime: tick(10), stackStart: 6 },
  ];
  t.ok(scene.look(20 * MS, ...entries).events.length > 0);
  t.same(scene.look(20 * MS, ...entries).events, []);
  t.end();
});

test('a look beside thousands of zombies takes time for each, not for each pair of them', (t) => {
  const millisecondsFor = (count: number): number => {
    const scene = new Case().launch(100);
    const zombies = Array.from({ length: count }, (_, index) => ({
      pid: 1000 + index,
      dead: true,
      session: 100,
    }));
    const main = { pid: 100, session: 100 };
    const began = process.cpuUsage();
    const { events } = scene.look(20 * MS, main, ...zombies.map((one) => ({ ...one, startTime: tick(10) })));
    const { user, system } = process.cpuUsage(began);
    t.equal(events.filter(({ type }) => type === 'fork').length, count);
    return (user + system) / 1000;
  };
  millisecondsFor(1000);
  const few = millisecondsFor(2000);
  const many = millisecondsFor(16_000);
  t.ok(many < 24 * Math.max(few, 2), `2,000 zombies took ${few} ms, and 16,000 took ${many} ms`);
  t.end();
});
