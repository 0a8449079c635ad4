import type { ProcReader } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';
import { bearsJobsSign } from './attribution.js';
import type { TrackerView } from './known.js';
import { detailsOf, takeSnapshot, TICK, type SeenProcess } from './snapshot.js';

/**
 * Finds what was started for this job although nobody has kept its pid: a process that bears a sign of the job, has been
 * created since, and is in no lineage. Foster starts everything in a session of its own, so the leader of one is meant;
 * where there is none, the oldest is all that is left of it.
 *
 * @param since on the clock of events
 */
export function findLaunched(
  job: string,
  since: Nanoseconds,
  view: Pick<TrackerView, 'lineage' | 'isOther'>,
  proc: ProcReader,
): number | undefined {
  const details = detailsOf(proc);
  const found = [...takeSnapshot(proc).processes.values()]
    .filter(({ dead, started }) => !dead && started + TICK >= since)
    .filter(({ pid }) => view.lineage.get(pid) === undefined && !view.isOther(pid))
    .filter(({ pid }) => bearsJobsSign(pid, job, details))
    .sort(byAge);
  return (found.find(({ pid, session }) => pid === session) ?? found[0])?.pid;
}

function byAge(one: SeenProcess, other: SeenProcess): number {
  return one.startTime - other.startTime || one.pid - other.pid;
}
