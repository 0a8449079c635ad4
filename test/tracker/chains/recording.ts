/** The trace of a history, as a supervisor on a busy machine would have recorded it. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import type { TraceLine } from '../../../src/tracker/trace/format.js';
import { MILLISECOND } from '../support/scene.js';
import { randomFrom, type Random } from '../support/random.js';
import { LAUNCHER_PID } from './enact.js';
import { livesAt, type Being, type History } from './history.js';
import type { Plan } from './plan.js';

const SUPERVISOR = 500;
/** How far events of different processors may be queued out of order, and how much later they are read. */
const QUEUED_LATE: Nanoseconds = 30e3;
const READ_LATE: Nanoseconds = 200e3;
/** From a death to the parent's waking up: the exit event is queued in about the same time. */
const WAIT_TAKES: Nanoseconds = 50e3;
const EXIT_QUEUED_LATE: Nanoseconds = 100e3;

/** A line, and the processes whose own order it may not leave. */
interface Entry {
  readonly line: Omit<TraceLine, 'r'>;
  readonly actors: readonly number[];
  /** how much later it may be queued */
  readonly late: Nanoseconds;
}

export function record(history: History, plan: Plan): TraceLine[] {
  const random = randomFrom(plan.seed);
  const entries = history.beings.flatMap((being) => entriesOf(being, plan, random));
  for (let index = 0; index < plan.strangers; index++) entries.push(...stranger(index, random));
  const launched: Entry = entry(history.beings[0]!.born + 1, 'P0', { pid: LAUNCHER_PID }, []);
  entries.push(launched);
  // foster's own request is nothing that it observes
  const target = history.line.at(-1)!.pid;
  if (history.asked !== undefined) entries.push(entry(history.asked, 'sent', { pid: target, sig: 15 }, []));
  const started = { ev: 'start', t: 1, r: 1, fields: { argv: ['/sbin/launcher'], recorder: SUPERVISOR } };
  return [started, ...asRead(entries, random)];
}

function entry(
  t: Nanoseconds,
  ev: string,
  fields: Readonly<Record<string, unknown>>,
  actors: readonly number[],
  late = QUEUED_LATE,
): Entry {
  return { line: { ev, t, fields }, actors, late };
}

function entriesOf(being: Being, plan: Plan, random: Random): Entry[] {
  const { pid, creator, end } = being;
  const parent = creator?.pid ?? SUPERVISOR;
  const entries = [
    entry(being.born, 'fork', { pid: parent, child: pid, ctid: pid, thread: false }, [parent, pid]),
  ];
  if (being.setsid !== undefined) entries.push(entry(being.setsid, 'sid', { pid }, [pid]));
  for (const { at, argv } of being.execs) entries.push(entry(at, 'exec', { pid, argv, exe: argv[0] }, [pid]));
  entries.push(...threadEntries(being, parent));
  if (end === undefined) return entries;
  const waitedBy = creator !== undefined && livesAt(creator, end.at) ? creator : undefined;
  const fields = { tid: lastThread(being), code: end.status, ppid: waitedBy?.pid ?? SUPERVISOR };
  entries.push(entry(end.at, 'exit', { pid, ...fields, thread: false }, [pid], EXIT_QUEUED_LATE));
  const freed = waitedBy === undefined ? end.at : waitedBy.end?.at;
  if (freed !== undefined && (waitedBy === undefined || !plan.creatorsWait)) {
    const t = freed + 1000 + random.integer(0, WAIT_TAKES);
    entries.push(entry(t, 'reap', { pid, status: end.status }, []));
  }
  return entries;
}

/** The connector names a thread's parent, not its process, as the one who forked. */
function threadEntries(being: Being, parent: number): Entry[] {
  const { pid } = being;
  const entries: Entry[] = [];
  for (const { id, from, until } of being.threads) {
    entries.push(entry(from, 'fork', { pid: parent, child: pid, ctid: id, thread: true }, [pid]));
    const left = until ?? (being.end === undefined ? undefined : being.end.at - 500);
    if (left === undefined || id === lastThread(being)) continue;
    entries.push(entry(left, 'exit', { pid, tid: id, code: 0, ppid: parent, thread: true }, [pid]));
  }
  const { leaderLeft } = being;
  if (leaderLeft !== undefined)
    entries.push(entry(leaderLeft, 'exit', { pid, tid: pid, code: 0, ppid: parent, thread: false }, [pid]));
  return entries;
}

/** The thread whose exit is the end of the process. */
function lastThread(being: Being): number {
  if (being.leaderLeft === undefined) return being.pid;
  return being.threads.findLast(({ until }) => until === undefined)?.id ?? being.pid;
}

/** A process that is none of ours comes, becomes something, and goes. */
function stranger(index: number, random: Random): Entry[] {
  const pid = 200 + index;
  const born = 1000e9 + random.integer(0, 50) * MILLISECOND;
  return [
    entry(born, 'fork', { pid: 7, child: pid, ctid: pid, thread: false }, [7, pid]),
    entry(born + 1e3, 'sid', { pid }, [pid]),
    entry(born + 2e3, 'exec', { pid, argv: ['/sbin/launcher'], exe: '/sbin/launcher' }, [pid]),
    entry(born + 3e3, 'fork', { pid, child: pid + 50, ctid: pid + 50, thread: false }, [pid, pid + 50]),
    entry(born + 1e6, 'exit', { pid, tid: pid, code: 0, ppid: 7, thread: false }, [pid]),
  ];
}

/**
 * Gives each line the moment at which it is read. Events of one process stay in order, and a fork comes before all that the
 * child does; events of different processors may overtake one another a little. A death is learned of, then all that was
 * queued by then is read.
 */
function asRead(entries: readonly Entry[], random: Random): TraceLine[] {
  const byTime = [...entries].sort((a, b) => a.line.t - b.line.t);
  const lastOf = new Map<number, Nanoseconds>();
  const queued = byTime.map((known, index) => {
    const late = Math.min(random.integer(0, known.late), untilNext(byTime, index));
    const earliest = Math.max(...known.actors.map((actor) => lastOf.get(actor) ?? 0), 0);
    const at = known.actors.length === 0 ? known.line.t : Math.max(known.line.t + late, earliest + 1);
    for (const actor of known.actors) lastOf.set(actor, at);
    return { line: known.line, at };
  });
  queued.sort((a, b) => a.at - b.at);
  let latest = 0;
  return queued.map(({ line, at }) => {
    latest = Math.max(latest + 1, at + random.integer(0, READ_LATE));
    return { ...line, r: latest };
  });
}

/** The time until something else happens to one of the processes of an entry, as far as it can matter. */
function untilNext(byTime: readonly Entry[], index: number): Nanoseconds {
  const known = byTime[index]!;
  for (let later = index + 1; later < byTime.length; later++) {
    const other = byTime[later]!;
    const span = other.line.t - known.line.t;
    if (span > known.late) return span;
    if (sharesActor(known, other)) return Math.max(0, span - 1);
  }
  return Infinity;
}

function sharesActor(a: Entry, b: Entry): boolean {
  return a.actors.some((actor) => b.actors.includes(actor));
}
