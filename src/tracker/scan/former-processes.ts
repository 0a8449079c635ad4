/**
 * Finds processes in /proc that a former supervisor started without recording them. foster starts everything
 * in a new session, and marks it (mark.ts).
 */
import type { ProcReader } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';
import { runsAs } from './orphan-evidence.js';
import type { FormerOrphans, TrackerView } from './known.js';
import { detailsOf, listProcesses, TICK, type SeenProcess } from './snapshot.js';

type View = Pick<TrackerView, 'lineage' | 'isOther' | 'former' | 'marks'>;

/** A process that may have been started, or a descendant of it. */
export interface FormerStart {
  /** the process itself, or its oldest surviving descendant */
  readonly process: SeenProcess;
  /** it leads its session and has executed a program: it may be what was started */
  readonly mayBeStarted: boolean;
}

/**
 * Finds a start whose pid was not recorded. The process bears the mark, was created since, is in no lineage,
 * and runs as the job's user or as foster itself, because everything starts with foster's identity.
 *
 * @param since on the clock of events
 */
export function findFormerStart(
  { job, mark, since }: { readonly job: string; readonly mark: number; readonly since: Nanoseconds },
  view: View,
  proc: ProcReader,
): FormerStart | undefined {
  const found = orphansIn(proc, view)
    .filter(({ started }) => started + TICK >= since)
    .filter(({ pid }) => proc.realtimeLimit(pid) === mark && isTrusted(pid, job, view.former, proc));
  const started = found.find(({ pid, session, isForkOnly }) => pid === session && isForkOnly !== true);
  const process = started ?? found[0];
  return process && { process, mayBeStarted: started !== undefined };
}

/**
 * Returns unknown processes that bear the mark of one of these jobs: the jobs' files could not be written or
 * read.
 * @param jobs keys of all possible jobs
 * @param nameOf the job key in a process's environment, for instance jobs; its mark proves it
 */
export function findUnrecorded(
  jobs: readonly string[],
  nameOf: (pid: number) => string | undefined,
  view: View,
  proc: ProcReader,
): ReadonlyMap<string, readonly number[]> {
  const byMark = new Map(jobs.map((job) => [view.marks.ofJob(job), job]));
  const found = new Map<string, number[]>();
  for (const { pid } of orphansIn(proc, view)) {
    const mark = proc.realtimeLimit(pid);
    const named = mark === undefined ? undefined : nameOf(pid);
    const isNamed = named !== undefined && view.marks.ofJob(named) === mark;
    const job = isNamed ? named : mark === undefined ? undefined : byMark.get(mark);
    if (job === undefined || !isTrusted(pid, job, view.former, proc)) continue;
    found.set(job, [...(found.get(job) ?? []), pid]);
  }
  return found;
}

/**
 * Returns processes that bear one of these marks, and run as the user of its job or as foster itself.
 * @param jobOf the key of the mark's job
 */
export function findMarked(
  marks: ReadonlySet<number>,
  jobOf: (mark: number) => string,
  { former }: Pick<View, 'former'>,
  proc: ProcReader,
): readonly { readonly pid: number; readonly startTime: number; readonly mark: number }[] {
  return [...listProcesses(proc).values()].flatMap(({ pid, dead, startTime }) => {
    const mark = dead ? undefined : proc.realtimeLimit(pid);
    const isMeant = mark !== undefined && marks.has(mark) && isTrusted(pid, jobOf(mark), former, proc);
    return isMeant ? [{ pid, startTime, mark }] : [];
  });
}

/** Tests whether this living process bears the mark of the job, and runs as its user. */
export function passesFor(pid: number, job: string, view: View, proc: ProcReader): boolean {
  return (
    proc.isAlive(pid) &&
    proc.realtimeLimit(pid) === view.marks.ofJob(job) &&
    isTrusted(pid, job, view.former, proc)
  );
}

/**
 * Returns the processes that may have adopted the orphans of a former supervisor: PID 1, our own subreapers,
 * and the parents of its proven orphans.
 */
export function reapersOf(
  view: Pick<TrackerView, 'lineage' | 'self'>,
  proc: Pick<ProcReader, 'stat'>,
): ReadonlySet<number> {
  const reapers = new Set([1]);
  let above = proc.stat(view.self)?.parent;
  while (above !== undefined && above > 1 && !reapers.has(above)) {
    reapers.add(above);
    above = proc.stat(above)?.parent;
  }
  for (const { pid, ended } of view.lineage.all()) {
    const parent = ended === undefined ? proc.stat(pid)?.parent : undefined;
    if (parent !== undefined && parent > 0 && view.lineage.get(parent) === undefined) reapers.add(parent);
  }
  reapers.delete(view.self);
  return reapers;
}

/** Returns processes outside the lineage whose parent may have adopted them; oldest first. */
function orphansIn(proc: ProcReader, view: View): readonly SeenProcess[] {
  return [...listProcesses(proc).values()]
    .filter(({ dead, parent }) => !dead && (view.former === undefined || view.former.reapers.has(parent)))
    .filter(({ pid }) => view.lineage.get(pid)?.ended !== undefined || view.lineage.get(pid) === undefined)
    .filter(({ pid }) => !view.isOther(pid))
    .sort((one, other) => one.startTime - other.startTime || one.pid - other.pid);
}

/**
 * Tests whether a process is in the job's own control group, or runs as the job's user or as foster's: mostly
 * root, which no other user can impersonate.
 */
function isTrusted(pid: number, job: string, former: FormerOrphans | undefined, proc: ProcReader): boolean {
  if (former?.jobByGroup(pid) === job) return true;
  const uids = detailsOf(proc).uids?.(pid);
  const own = process.geteuid?.();
  return [former?.uidOf(job), own].some((uid) => uid !== undefined && runsAs(uids, uid));
}
