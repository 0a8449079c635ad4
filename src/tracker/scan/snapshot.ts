/** One look at /proc: the cheap facts of every process at once, the expensive ones on demand. */
import type { Kernel, ProcessStat, ProcReader } from '../../kernel/kernel.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { Nanoseconds } from '../events.js';

/**
 * USER_HZ, the unit of start times in /proc: 100 a second on every architecture that Node runs on
 * (proc_pid_stat(5)).
 */
export const TICK: Nanoseconds = 1e7;

/** A process as shown in /proc/PID/stat, which anyone may read. */
export interface SeenProcess {
  readonly pid: number;
  /** 1, or the subreaper, once the parent has ended */
  readonly parent: number;
  readonly session: number;
  readonly comm: string;
  /** a zombie, or dead: its parent has not reaped it */
  readonly dead: boolean;
  /** clock ticks; distinguishes it from a later process with its pid */
  readonly startTime: number;
  /** the same on the clock of events: it was created in the `TICK` that begins here */
  readonly started: Nanoseconds;
  /**
   * The start address of its stack: random at each exec and inherited at fork, so it identifies one exec.
   * Undefined if the kernel hides it (another uid, without CAP_SYS_PTRACE).
   */
  readonly stackStart: number | undefined;
  /** wait status of a zombie, if the kernel shows it */
  readonly status: number | undefined;
  /** it was forked and has not exec'd since; undefined if unknown */
  readonly isForkOnly?: boolean | undefined;
}

/** The expensive facts. Some cannot be read of another uid, and none of a process that is gone. */
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
  /** when the look began: what had happened by then, it shows */
  readonly beganAt: Nanoseconds;
  /**
   * When it was complete: all that it shows had happened by then. A look takes milliseconds, or many on a busy machine,
   * and a process may exec and fork meanwhile.
   */
  readonly completeAt: Nanoseconds;
}

/**
 * Maximum number of listings of /proc until two agree. One listing is not atomic: a process may be missed
 * with its child if it forks and dies meanwhile (monit). On a busy machine two listings never agree, hence
 * the limit.
 */
const MAX_LISTS = 4;

/**
 * Looks at all processes.
 *
 * @param zombies processes seen just before they were reaped; they are included
 */
export function takeSnapshot(
  { proc, now }: Pick<Kernel, 'proc' | 'now'>,
  zombies: readonly SeenProcess[] = [],
): Snapshot {
  const beganAt = now();
  const processes = new Map(listProcesses(proc));
  for (const zombie of zombies) if (!processes.has(zombie.pid)) processes.set(zombie.pid, zombie);
  return { processes, beganAt, completeAt: now(), ...detailsOf(proc) };
}

/** Lists all processes twice or more often, so that a process created during the first listing is seen. */
export function listProcesses(proc: ProcReader): ReadonlyMap<number, SeenProcess> {
  const suspended = proc.suspended();
  let processes = list(proc, suspended);
  for (let left = MAX_LISTS - 1; left > 0; left--) {
    const again = list(proc, suspended, processes);
    const agree = again.size === processes.size && [...again.keys()].every((pid) => processes.has(pid));
    processes = again;
    if (agree) break;
  }
  return processes;
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

/** Looks at one process; undefined if it is gone. */
export function lookAt(
  proc: ProcReader,
  pid: number,
  suspended: Nanoseconds = proc.suspended(),
): SeenProcess | undefined {
  const stat = proc.stat(pid);
  return stat && seen(stat, suspended);
}

/** @param before an earlier listing: what was a zombie then still is, and PID 1 may have many thousands */
function list(
  proc: ProcReader,
  suspended: Nanoseconds,
  before?: ReadonlyMap<number, SeenProcess>,
): Map<number, SeenProcess> {
  const processes = new Map<number, SeenProcess>();
  for (const pid of proc.pids()) {
    const known = before?.get(pid);
    const now = known?.dead === true ? known : lookAt(proc, pid, suspended);
    if (now !== undefined) processes.set(pid, now);
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
    // 0 is also shown to processes without permission
    status: dead && exitCode !== 0 ? exitCode : undefined,
    isForkOnly,
  };
}
