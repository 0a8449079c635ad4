/** Processes the end of each timer. */
import type { TimerId, Milliseconds } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import type { TimerKind } from '../timers.js';
import { forgetBlockingEvent } from './blocking-event.js';
import { killHook, seconds } from './hook.js';
import type { Job } from '../model.js';
import { sendKill } from './killing.js';
import { onRunSettled, startTimedOut } from './process-start.js';
import { advance, leavePostStop } from './transitions.js';
import { onWatchdogTimeout } from './watchdog.js';

const ON_TIMER = {
  start: startTimedOut,
  settle: onRunSettled,
  hook: killHook,
  kill: sendKill,
  respawn: leavePostStop,
  event: onEventTimeout,
  watchdog: onWatchdogTimeout,
} as const satisfies Record<TimerKind, (core: CoreState, job: Job) => void>;

export function timerFired(core: CoreState, id: TimerId): void {
  const expiry = core.timers.expire(id, core.now);
  if (expiry.kind === 'due') ON_TIMER[expiry.timer](core, expiry.job);
}

/** Goes on after the job's event has been held for too long. */
function onEventTimeout(core: CoreState, job: Job): void {
  const waited = seconds(core.now - job.since);
  log(core, 'warn', `${job.label} ${job.state} event is still held after ${waited}, going on`);
  forgetBlockingEvent(core, job);
  advance(core, job);
}

/** The limits that a job can extend: its start, and its end. */
const EXTENSIBLE: readonly TimerKind[] = ['start', 'kill'];

/**
 * Extends a running limit to `by` from now, unless it is later anyway. Does not set a limit that is not
 * running.
 */
export function extendTimeout(core: CoreState, job: Job, by: Milliseconds): void {
  for (const kind of EXTENSIBLE) {
    const due = core.timers.dueAt(job, kind);
    // after KILL there is nothing left to wait for
    if (due === undefined || (kind === 'kill' && job.killing?.forced === true)) continue;
    core.timers.set(job, kind, Math.max(due, core.now + by));
  }
}
