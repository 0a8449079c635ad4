/**
 * Timeouts. Upstart waits without limit for hooks and for readiness (section 12.3); in foster every wait
 * ends.
 *
 * Hooks have the limits of `HOOK_TIMEOUTS`. A `stop` shortens the wait: from then on the hooks of the start
 * get no more than the kill timeout. A kill timeout in the job file is how long its author wants to wait for
 * one step of a stop, so it also limits pre-stop and post-stop.
 */
import { hookTimeoutOf, killTimeoutOf } from '../../../jobfile/job-class/defaults.js';
import type { JobClass } from '../../../jobfile/job-class/job-class.js';
import type { ProcessName } from '../../../jobfile/job-class/values.js';
import type { Milliseconds } from '../contract.js';

/** The maximum time in `starting` because of other jobs: they may wait for a passphrase. */
export const STARTING_EVENT_TIMEOUT: Milliseconds = 3_600_000;
/**
 * The maximum time in `stopping`: dependents end within their own kill timeouts, but a task may be saving
 * data.
 */
export const STOPPING_EVENT_TIMEOUT: Milliseconds = 600_000;

/** Returns the time from the kill signal to KILL. Zero is at once. */
export function killTimeout(jobClass: JobClass): Milliseconds {
  return killTimeoutOf(jobClass) * 1000;
}

/** Returns the time from the start of main until it has to be ready. */
export function startTimeout(jobClass: JobClass): Milliseconds {
  return jobClass.startTimeout * 1000;
}

/** Returns how long a hook may take, from its start, while nobody wants the job to stop. */
export function hookTimeout(jobClass: JobClass, hook: ProcessName): Milliseconds {
  return hookTimeoutOf(jobClass, hook) * 1000;
}
