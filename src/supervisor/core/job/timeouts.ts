/**
 * How long anything may take. Upstart waits without end for hooks and for readiness (section 12.3); here everything ends.
 *
 * Hooks have the limits of `HOOK_TIMEOUTS`, and whoever does not want to wait says `stop`: from then on the hooks of the
 * way up get no more than the kill timeout. A kill timeout that the job file states is how long its author means to wait
 * for a step of a stop, and bounds pre-stop and post-stop as well.
 */
import { hookTimeoutOf, killTimeoutOf } from '../../../jobfile/job-class/defaults.js';
import type { JobClass } from '../../../jobfile/job-class/job-class.js';
import type { ProcessName } from '../../../jobfile/job-class/values.js';
import type { Milliseconds } from '../contract.js';

/** A job stays in `starting` this long at most because of what others do about it: they may wait for a passphrase. */
export const STARTING_EVENT_TIMEOUT: Milliseconds = 3_600_000;
/** And in `stopping`: dependents end within their own kill timeouts, but a task may be saving something. */
export const STOPPING_EVENT_TIMEOUT: Milliseconds = 600_000;

/** From the kill signal to KILL. Zero is at once. */
export function killTimeout(jobClass: JobClass): Milliseconds {
  return killTimeoutOf(jobClass) * 1000;
}

/** From the start of main until it has to be ready. */
export function startTimeout(jobClass: JobClass): Milliseconds {
  return jobClass.startTimeout * 1000;
}

/** How long a hook may take while nobody wants the job to stop, from its start. */
export function hookTimeout(jobClass: JobClass, hook: ProcessName): Milliseconds {
  return hookTimeoutOf(jobClass, hook) * 1000;
}
