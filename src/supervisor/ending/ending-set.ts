/**
 * The processes that an `end-members` effect ends (`kill mode`; DESIGN section 4, "Members and detached processes").
 */
import type { KillMode } from '../../jobfile/job-class/job-class.js';
import type { ProcReader } from '../../kernel/kernel.js';
import type { Process } from '../../tracker/model.js';
import type { Tracker } from '../../tracker/tracker.js';

export interface EndingRule {
  /** the tracker's key of the job */
  readonly job: string;
  readonly mode: KillMode;
  readonly reason: 'stop' | 'death' | 'failed-start';
  /** main's process group, for the mode `group` */
  readonly group: number | undefined;
}

/**
 * Returns the living processes to end now. Main is not among them: the core itself ends it.
 * @param inGroup the processes in the job's control group, for the mode `cgroup`; undefined if it has none
 */
export function processesToEnd(
  rule: EndingRule,
  tracker: Tracker,
  proc: ProcReader,
  now: number,
  inGroup?: readonly number[],
): readonly Process[] {
  const follower = tracker.follower(rule.job);
  const unclear = follower?.unclear ?? [];
  const others = tracker
    .living(rule.job)
    .filter((process) => process !== follower?.main && !isBelow(process, unclear));
  if (rule.reason === 'failed-start') {
    // a failed start ends everything that it started, but not the processes that detached from earlier runs
    return others.filter((process) => process.launcher === follower?.launcher);
  }
  switch (rule.mode) {
    case 'main':
      return [];
    case 'lineage':
      return others;
    case 'group':
      return others.filter((process) => proc.stat(process.pid)?.group === rule.group);
    case 'cgroup':
      if (inGroup !== undefined) return others.filter(({ pid }) => inGroup.includes(pid));
      return others.filter((process) => !tracker.isDetached(process, now));
    case 'session':
      return others.filter((process) => !tracker.isDetached(process, now));
  }
}

/**
 * Returns whether the process is or descends from one that may not belong to the job (after a crash of foster):
 * foster never signals those.
 */
function isBelow(process: Process, pids: readonly number[]): boolean {
  if (pids.length === 0) return false;
  for (let one: Process | undefined = process; one !== undefined; one = one.creator)
    if (one.ended === undefined && pids.includes(one.pid)) return true;
  return false;
}

/**
 * Returns children of a crashed main, in sessions of their own, that may exit by themselves: postgres' backends
 * notice the postmaster's death within milliseconds. foster waits for them but does not signal them.
 */
export function mayLeaveByItself({ job, reason }: EndingRule, tracker: Tracker): readonly Process[] {
  const main = tracker.follower(job)?.main;
  if (reason !== 'death' || main === undefined) return [];
  return tracker
    .living(job)
    .filter((process) => process.creator === main && process.session.leader === process);
}
