/** What one look at /proc shows: the cheap facts of every process at once, the dearer ones when they are asked for. */
import type { ProcessStat, ProcReader } from '../../kernel/kernel.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { Nanoseconds } from '../events.js';

/** USER_HZ, in which /proc counts start times: 100 a second on every architecture that Node runs on (proc_pid_stat(5)). */
export const TICK: Nanoseconds = 1e7;

/** A process as /proc/PID/stat shows it, which anyone may read. */
export interface SeenProcess {
  readonly pid: number;
  /** 1, or the subreaper, once the parent has ended */
  readonly parent: number;
  readonly session: number;
  readonly comm: string;
  /** a zombie, or dead: its parent has not waited for it */
  readonly dead: boolean;
  /** clock ticks; tells a process from a later one with its pid */
  readonly startTime: number;
  /** the same on the clock of events: it was created in the `TICK` that begins here */
  readonly started: Nanoseconds;
  /**
   * Where its stack begins: drawn at random at each exec, and shared with what it forks, so it tells one exec from
   * another. Undefined where the kernel hides it (another uid, without CAP_SYS_PTRACE).
   */
  readonly stackStart: number | undefined;
  /** wait status of a zombie, where the kernel shows it */
  readonly status: number | undefined;
  /** it has been forked and has executed no program since; undefined where that is not known */
  readonly isForkOnly?: boolean | undefined;
}

/** The dearer facts, of which some may not be read of another uid. Nothing of a process that is gone. */
export interface ProcessDetails {
  argv(pid: number): readonly string[] | undefined;
  executable(pid: number): string | undefined;
  environment(pid: number): ReadonlyMap<string, string> | undefined;
  /** see mark.ts */
  mark(pid: number): number | undefined;
  /** real, effective, saved and file system user id */
  uids?(pid: number): readonly number[] | undefined;
}

export interface Snapshot extends ProcessDetails {
  readonly processes: ReadonlyMap<number, SeenProcess>;
}

/**
 * How often /proc is listed until two lists agree. One list is not atomic: it is taken, a process forks and dies, and
 * both it and its child are missed (monit). On a busy machine lists never agree, hence the bound.
 */
const MAX_LISTS = 4;

/**
 * Looks at all processes, twice or more often, so that a process that was created while the first list was read is seen.
 *
 * @param zombies processes that were seen just before they were reaped; they are part of the picture
 */
export function takeSnapshot(proc: ProcReader, zombies: readonly SeenProcess[] = []): Snapshot {
  const suspended = proc.suspended();
  let processes = list(proc, suspended);
  for (let left = MAX_LISTS - 1; left > 0; left--) {
    const again = list(proc, suspended);
    const agree = again.size === processes.size && [...again.keys()].every((pid) => processes.has(pid));
    processes = again;
    if (agree) break;
  }
  for (const zombie of zombies) if (!processes.has(zombie.pid)) processes.set(zombie.pid, zombie);
  return { processes, ...detailsOf(proc) };
}

export function detailsOf(proc: ProcReader): ProcessDetails {
  return {
    argv: (pid) => proc.arguments(pid),
    executable: (pid) => proc.executable(pid),
    environment: (pid) => proc.environment(pid),
    mark: (pid) => proc.realtimeLimit(pid),
    uids: (pid) => proc.uids(pid),
  };
}

/** One process; undefined when it is gone. */
export function lookAt(proc: ProcReader, pid: number): SeenProcess | undefined {
  const stat = proc.stat(pid);
  return stat && seen(stat, proc.suspended());
}

function list(proc: ProcReader, suspended: Nanoseconds): Map<number, SeenProcess> {
  const processes = new Map<number, SeenProcess>();
  for (const pid of proc.pids()) {
    const stat = proc.stat(pid);
    if (stat !== undefined) processes.set(pid, seen(stat, suspended));
  }
  return processes;
}

function seen(stat: ProcessStat, suspended: Nanoseconds): SeenProcess {
  const { pid, parent, session, comm, startTime, stackStart, exitCode, isForkOnly } = stat;
  const dead = !isLiving(stat);
  return {
    pid,
    parent,
    session,
    comm,
    dead,
    startTime,
    started: startTime * TICK - suspended,
    stackStart: dead || stackStart === 0 ? undefined : stackStart,
    // 0 is also what is shown to those who may not know
    status: dead && exitCode !== 0 ? exitCode : undefined,
    isForkOnly,
  };
}
