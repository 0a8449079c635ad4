/** Waits for a job's own `starting` or `stopping` event until it has no holders, with a timeout. */
import type { CoreState } from '../core-state.js';
import { STARTING_EVENT_TIMEOUT, STOPPING_EVENT_TIMEOUT, killTimeout } from './timeouts.js';
import type { Job } from '../model.js';

/**
 * Sets the timeout of the wait. A stop of a job that waits in `starting` takes no longer than the kill
 * timeout: none of its processes runs yet.
 */
export function setBlockingEventTimeout(core: CoreState, job: Job): void {
  if (job.blockingEvent === undefined) return;
  if (job.state === 'stopping') core.timers.set(job, 'event', job.since + STOPPING_EVENT_TIMEOUT);
  else if (job.goal === 'stop') core.timers.set(job, 'event', job.goalSince + killTimeout(job.class));
  else core.timers.set(job, 'event', job.since + STARTING_EVENT_TIMEOUT);
}

/** Stops waiting for the event; the event itself goes on. */
export function forgetBlockingEvent(core: CoreState, job: Job): void {
  if (job.blockingEvent !== undefined) job.blockingEvent.blockedJob = undefined;
  job.blockingEvent = undefined;
  core.timers.clear(job, 'event');
}

/**
 * Tests whether a job with goal stop is kept in `starting` only by jobs that it `requires` or starts `after`.
 * These do nothing for it, so there is nothing to wait for. (An Upstart hook on `starting` may be in the
 * middle of its work.)
 */
export function isHeldByRequirements(core: CoreState, job: Job): boolean {
  const { blockingEvent, state, goal } = job;
  if (
    state !== 'starting' ||
    goal !== 'stop' ||
    blockingEvent === undefined ||
    blockingEvent.progress === 'pending'
  )
    return false;
  const others = new Set([...job.class.requires, ...job.class.after]);
  let held = 0;
  for (const other of core.jobs.values()) {
    if (!others.has(other.ref.name)) continue;
    held += other.waiters.filter(
      (waiter) => waiter.kind === 'event' && waiter.event === blockingEvent,
    ).length;
  }
  return held > 0 && held === blockingEvent.holders;
}
