/** A job in `starting` or `stopping` waits until nobody holds the event that says so, but not for ever. */
import type { CoreState } from '../core-state.js';
import { STARTING_EVENT_TIMEOUT, STOPPING_EVENT_TIMEOUT, killTimeout } from './timeouts.js';
import type { Job } from '../model.js';

/**
 * Sets the timer after which the job goes on without the others. Somebody who stops a job that is held up in `starting`
 * waits no longer than the kill timeout: nothing of it runs yet.
 */
export function setBlockingEventTimeout(core: CoreState, job: Job): void {
  if (job.blockingEvent === undefined) return;
  if (job.state === 'stopping') core.timers.set(job, 'event', job.since + STOPPING_EVENT_TIMEOUT);
  else if (job.goal === 'stop') core.timers.set(job, 'event', job.goalSince + killTimeout(job.class));
  else core.timers.set(job, 'event', job.since + STARTING_EVENT_TIMEOUT);
}

/** The job waits for the event no longer; the event itself goes on. */
export function forgetBlockingEvent(core: CoreState, job: Job): void {
  if (job.blockingEvent !== undefined) job.blockingEvent.blockedJob = undefined;
  job.blockingEvent = undefined;
  core.timers.clear(job, 'event');
}

/**
 * Says whether a job that is to stop stands in `starting` for nothing but the jobs that it `requires`, or starts `after`: nobody
 * does anything for it, so there is nothing to wait for. (A hook of Upstart's on `starting` may be in the middle of its work.)
 */
export function isHeldByRequirements(core: CoreState, job: Job): boolean {
  const { blockingEvent: blocker, state, goal } = job;
  if (state !== 'starting' || goal !== 'stop' || blocker === undefined || blocker.progress === 'pending')
    return false;
  const others = new Set([...job.class.requires, ...job.class.after]);
  let held = 0;
  for (const other of core.jobs.values()) {
    if (!others.has(other.ref.name)) continue;
    held += other.waiters.filter((waiter) => waiter.kind === 'event' && waiter.event === blocker).length;
  }
  return held > 0 && held === blocker.holders;
}
