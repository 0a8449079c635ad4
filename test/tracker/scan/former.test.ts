/**
 * Orphans of a former supervisor: they are somebody else's children by now, among strangers. Only proof makes one of them a
 * process of a job. The supervisor is process 500 here; process 7 adopts what it leaves behind.
 */
import { test } from 'tap';
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { Marks } from '../../../src/tracker/scan/mark.js';
import { reconcile, type Reconciled } from '../../../src/tracker/scan/reconcile.js';
import { TICK, type Snapshot } from '../../../src/tracker/scan/snapshot.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import { madeSnapshot, type MadeProcess } from './made-snapshot.js';

const SELF = 500;
const REAPER = 7;
const JOB_UID = 33;
const START: Nanoseconds = 1000e9;
const KEY = 'daemon\0';
const marks = new Marks('a secret');

interface Entry extends MadeProcess {
  readonly uids?: readonly number[];
  readonly job?: string;
  /** key of the job in whose control group it is */
  readonly group?: string;
}

const groupsOf =
  (entries: readonly Entry[]) =>
  (pid: number): string | undefined =>
    entries.find((entry) => entry.pid === pid)?.group;

const of = (uid: number): readonly number[] => [uid, uid, uid, uid];

function snapshotOf(entries: readonly Entry[]): Snapshot {
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  return {
    ...madeSnapshot(entries, START + 2e9, { parent: REAPER, startTime: START / TICK + 1 }),
    environment: (pid) => new Map([['FOSTER_JOB', byPid.get(pid)?.job ?? '']]),
    uids: (pid) => byPid.get(pid)?.uids ?? of(JOB_UID),
  };
}

/** Process 100 was recorded as main and has ended since. */
function look(
  ...entries: readonly Entry[]
): Reconciled & { readonly strangers: ReadonlyMap<number, number> } {
  const tracker = new Tracker(SELF, { isAlive: () => true, sessionOf: () => undefined });
  tracker.launch(KEY, 100, START, START);
  tracker.foundEnded([100], START + 1e9, START);
  const strangers = new Map<number, number>();
  const view = {
    lineage: tracker.lineage,
    self: SELF,
    jobOf: (process: Parameters<Tracker['jobOf']>[0]) => tracker.jobOf(process),
    isOther: () => false,
    marks,
    former: {
      reapers: new Set([REAPER]),
      uidOf: () => JOB_UID,
      jobByGroup: groupsOf(entries),
      unrelated: strangers,
    },
  };
  return { ...reconcile(view, snapshotOf(entries)), strangers };
}

const found = ({ events }: Reconciled): readonly number[] =>
  events.flatMap((event) => (event.type === 'fork' ? [event.child] : []));

const MARK = marks.ofJob(KEY);

test('the mark proves a process whose four user ids are the job’s', (t) => {
  t.same(found(look({ pid: 101, mark: MARK })), [101]);
  t.end();
});

test('as another user it may be a daemon that has dropped its rights, or have copied the mark', (t) => {
  for (const uids of [of(65534), [JOB_UID, JOB_UID, JOB_UID, 0], [65534, JOB_UID, JOB_UID, JOB_UID]]) {
    const seen = look({ pid: 101, mark: MARK, uids });
    t.same(found(seen), []);
    t.match(seen.unclear, [{ orphan: 101, launcher: { pid: 100 } }]);
  }
  t.end();
});

test('a mark that was made without the secret, or for a hook, is none', (t) => {
  for (const mark of [new Marks().ofJob(KEY), marks.ofJob('other\0'), marks.ofHook(KEY, 'pre-start')]) {
    const seen = look({ pid: 101, mark });
    t.same([found(seen), seen.unclear], [[], []]);
    t.same([...seen.strangers.keys()], [101], 'it is not looked at again');
  }
  t.end();
});

test('the control group that foster made for the job proves a process of it, whatever it runs as and bears', (t) => {
  t.same(found(look({ pid: 101, group: KEY, uids: of(65534) })), [101]);
  t.same(found(look({ pid: 101, group: KEY, uids: of(65534), mark: MARK })), [101]);
  t.same(found(look({ pid: 101, group: 'other\0' })), [], 'that of another job is none of this one');
  t.end();
});

test('neither the environment nor the name proves anything', (t) => {
  const seen = look({ pid: 101, job: 'daemon' });
  t.same([found(seen), seen.unclear], [[], []]);
  t.end();
});

test('the session of a recorded process proves it together with the mark, whoever it runs as', (t) => {
  t.same(found(look({ pid: 101, session: 100, mark: MARK, uids: of(65534) })), [101]);
  t.same(found(look({ pid: 101, session: 100 })), [], 'the number may have passed to a stranger');
  t.end();
});

test('so does a process of that session that is proven and lives', (t) => {
  t.same(found(look({ pid: 101, session: 100, mark: MARK }, { pid: 102, session: 100 })), [101, 102]);
  t.end();
});

test('whoever is somebody’s child, or was created before, is no orphan', (t) => {
  t.same(found(look({ pid: 101, mark: MARK, parent: 9 })), []);
  const startTime = START / TICK - 500;
  t.same(found(look({ pid: 101, mark: MARK, startTime, started: startTime * TICK })), []);
  t.end();
});

test('children of what is proven are found with it', (t) => {
  t.same(found(look({ pid: 101, mark: MARK }, { pid: 102, parent: 101, uids: of(65534) })), [101, 102]);
  t.end();
});

/** The supervisor is PID 1: everybody's orphans are its own. Process 100 is main, and lives or has just died. */
function lookAsInit(main: Partial<Entry> | undefined, ...entries: readonly Entry[]): readonly number[] {
  const tracker = new Tracker(1, { isAlive: () => true, sessionOf: () => undefined });
  tracker.launch(KEY, 100, START, START);
  const view = {
    lineage: tracker.lineage,
    self: 1,
    jobOf: (process: Parameters<Tracker['jobOf']>[0]) => tracker.jobOf(process),
    isOther: () => false,
    marks,
    former: {
      reapers: new Set<number>(),
      uidOf: () => JOB_UID,
      jobByGroup: groupsOf(entries),
      unrelated: new Map<number, number>(),
    },
  };
  const all = main === undefined ? entries : [{ pid: 100, session: 100, mark: MARK, ...main }, ...entries];
  return found(reconcile(view, snapshotOf(all.map((entry) => ({ parent: 1, ...entry })))));
}

test('as PID 1 it adopts strangers: their copy of a mark, or a job in their environment, proves nothing', (t) => {
  for (const forged of [{ mark: MARK }, { job: 'daemon' }]) {
    t.same(lookAsInit({}, { pid: 101, uids: of(65534), ...forged }), []);
    t.same(lookAsInit({}, { pid: 101, uids: of(65534), ...forged, group: KEY }), [101], 'its group does');
    t.same(lookAsInit({}, { pid: 101, uids: [JOB_UID, JOB_UID, JOB_UID, 0], ...forged }), []);
    t.same(lookAsInit({}, { pid: 101, ...forged }), [101], 'as the job’s user');
  }
  t.end();
});

test('a daemon that has dropped its rights is created by a process that is dead by now', (t) => {
  t.same(lookAsInit({ dead: true }, { pid: 101, uids: of(65534), mark: MARK }), [101]);
  t.same(lookAsInit(undefined, { pid: 101, uids: of(65534), mark: MARK }), [101]);
  t.same(lookAsInit({ dead: true }, { pid: 101, uids: of(65534), job: 'daemon' }), [], 'that needs the mark');
  t.end();
});
