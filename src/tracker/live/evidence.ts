/**
 * The evidence of a live tracker: /proc, with the start time to distinguish a process from a later one with
 * the same pid.
 */
import type { Kernel } from '../../kernel/kernel.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from '../follower/evidence.js';
import type { Process } from '../model.js';
import { SAME_PROCESS } from '../follower/timing.js';
import { TICK } from '../scan/snapshot.js';
import type { Tracker } from '../tracker.js';

/** Returns the part of the evidence that /proc gives for a single process. */
export function procEvidence({ proc }: Pick<Kernel, 'proc'>): Evidence {
  return {
    isAlive: (process: Process) => {
      const stat = proc.stat(process.pid);
      if (stat === undefined || !isLiving(stat)) return false;
      const late = stat.startTime * TICK - process.born;
      if (late < SAME_PROCESS) return true;
      // start times include the time that the machine was suspended, event times do not
      return late - proc.suspended() < SAME_PROCESS;
    },
    sessionOf: (pid) => proc.session(pid),
    isBeingKilled: ({ pid }) => proc.isAboutToBeKilled(pid),
    activityOf: ({ pid }, other) => proc.occupation(pid, other.pid),
    childrenOf: ({ pid }) => proc.children(pid),
    programOf: ({ pid }) => ({ argv: proc.arguments(pid), executable: proc.executable(pid) }),
  };
}

/**
 * If a spawn takes longer than this (foster was stopped meanwhile, or the machine is busy), the launcher's
 * start time in /proc is used: a process that began `SAME_PROCESS` later would count as another one.
 */
const SLOW_SPAWN: Nanoseconds = SAME_PROCESS / 2;

/**
 * Returns the earliest time at which a just spawned process may have forked.
 * @param called when its spawn was called
 */
export function earliestForkTime(
  called: Nanoseconds,
  pid: number,
  kernel: Pick<Kernel, 'now' | 'proc'>,
): Nanoseconds {
  if (kernel.now() - called <= SLOW_SPAWN) return called;
  const { proc } = kernel;
  const startTime = proc.stat(pid)?.startTime ?? 0;
  return Math.max(called, startTime * TICK - proc.suspended());
}

/**
 * Tests whether foster has children without events that are younger than this launcher. Orphans of unseen
 * creators have been reparented to foster.
 */
export function hasUnknownChildren(
  launcher: Process,
  tracker: Pick<Tracker, 'self' | 'lineage' | 'isOther'>,
  { proc }: Pick<Kernel, 'proc'>,
): boolean {
  const unknown = proc
    .mainThreadChildren(tracker.self)
    .filter((pid) => tracker.lineage.get(pid) === undefined && !tracker.isOther(pid));
  if (unknown.length === 0) return false;
  const since = launcher.born + proc.suspended() - TICK;
  return unknown.some((pid) => (proc.stat(pid)?.startTime ?? 0) * TICK >= since);
}

/**
 * Tests whether a process descends from foster, by its ancestors in /proc alone: a stranger's pid must not
 * cause a full scan.
 */
export function descendsFrom(self: number, pid: number, { proc }: Pick<Kernel, 'proc'>): boolean {
  let above = proc.stat(pid)?.parent;
  while (above !== undefined && above > 1 && above !== self) above = proc.stat(above)?.parent;
  return above === self;
}
