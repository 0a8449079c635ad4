/** Whom an `end-members` effect means (DESIGN section 4, "Members and detached processes"; `kill mode`). */
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
 * The living processes that are to be ended now. Main itself, while it lives, is the core's affair.
 * @param inGroup who is in the job's control group, for the mode `cgroup`; undefined where it has none
 */
export function toBeEnded(
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
    // a start that came to nothing leaves nothing; what detached itself from former runs has nothing to do with it
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

/** What may be a stranger's after a crash of foster is never signalled, nor what it has created. */
function isBelow(process: Process, pids: readonly number[]): boolean {
  if (pids.length === 0) return false;
  for (let one: Process | undefined = process; one !== undefined; one = one.creator)
    if (one.ended === undefined && pids.includes(one.pid)) return true;
  return false;
}

/**
 * Children of a main that died, in sessions of their own, which may be about to leave by themselves: postgres' backends
 * notice the postmaster's death within milliseconds. They are waited for, never signalled.
 */
export function aboutToLeave({ job, reason }: EndingRule, tracker: Tracker): readonly Process[] {
  const main = tracker.follower(job)?.main;
  if (reason !== 'death' || main === undefined) return [];
  return tracker
    .living(job)
    .filter((process) => process.creator === main && process.session.leader === process);
}
