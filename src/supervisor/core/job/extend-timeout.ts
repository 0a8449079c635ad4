/** EXTEND_TIMEOUT_USEC of sd_notify(3): a job that is slow for a reason says so. */
import type { Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import type { TimerKind } from '../timers.js';
import type { Job } from '../model.js';

/** What a job can ask more time for: its start, and its end. */
const EXTENSIBLE: readonly TimerKind[] = ['start', 'kill'];

/** The limit that runs is put off to `by` from now, unless it is later anyway. A limit that does not run is not set. */
export function extendTimeout(core: CoreState, job: Job, by: Milliseconds): void {
  for (const kind of EXTENSIBLE) {
    const due = core.timers.dueAt(job, kind);
    // after KILL there is nothing left to wait for
    if (due === undefined || (kind === 'kill' && job.killing?.forced === true)) continue;
    core.timers.set(job, kind, Math.max(due, core.now + by));
  }
}
