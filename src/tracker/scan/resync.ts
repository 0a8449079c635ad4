import type { Kernel } from '../../kernel/kernel.js';
import type { TrackerView } from './known.js';
import { reconcile, type Reconciled } from './reconcile.js';
import { takeSnapshot } from './snapshot.js';

/**
 * Infers the unseen events that explain the present /proc: after an overflow, and when a restarted supervisor
 * has recovered its jobs. The tracker must observe them before anything is decided.
 *
 * @param self the supervisor's pid
 */
export function resync(
  tracker: Omit<TrackerView, 'self' | 'doubt'>,
  kernel: Pick<Kernel, 'proc' | 'now'>,
  self: number,
): Pick<Reconciled, 'events' | 'unclear'> {
  const view: Omit<TrackerView, 'doubt'> = {
    lineage: tracker.lineage,
    self,
    jobOf: (process) => tracker.jobOf(process),
    isOther: (pid) => tracker.isOther(pid),
    marks: tracker.marks,
    former: tracker.former,
  };
  return reconcile(view, takeSnapshot(kernel));
}
