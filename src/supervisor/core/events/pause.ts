/**
 * Pauses the handling of events. Job files can trigger each other endlessly: `start on stopped foo` in foo
 * itself, whose program is missing. Upstart's init then does nothing else any more. foster handles such
 * events in portions and pauses after each. In the pause the runtime serves its clients, so that somebody can
 * stop the loop.
 *
 * A booting machine starts a hundred programs on one event. Each start takes as long as its child takes to
 * exec, tens of milliseconds on a busy machine. So foster serves clients after a few starts, too.
 */
import type { CoreInput, Milliseconds, TimerId } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import type { EmittedEvent } from '../model.js';

/**
 * A run of a job takes four events. Twice that for every class, plus as much for other emitters, is no loop.
 */
const MAX_PER_CLASS = 8;
const MAX_OTHERWISE = 1000;

const PAUSE: Milliseconds = 100;

/** Number of spawns before clients are served. A reply takes several turns of the event loop. */
const MAX_SPAWNS = 4;

/** The only timer that belongs to no job. */
const PAUSE_TIMER: TimerId = 'events';

/** Tests whether handling must pause here. */
export function isPauseDue(core: CoreState, next: EmittedEvent): boolean {
  const { events } = core;
  if (events.spawnedThisTurn >= MAX_SPAWNS) {
    // the runtime checks all descriptors before a timer that is due at once
    pauseUntil(core, 'spawns', core.now);
    return true;
  }
  if (events.handledSincePause < MAX_OTHERWISE + MAX_PER_CLASS * core.classes.size) {
    events.handledSincePause += 1;
    return false;
  }
  if (events.pausing !== 'endless') {
    const variables = next.env.length === 0 ? '' : ` (${next.env.join(' ')})`;
    log(core, 'error', `Events do not come to rest, pausing at event ${next.name}${variables}`);
    pauseUntil(core, 'endless', core.now + PAUSE);
  }
  return true;
}

function pauseUntil(core: CoreState, why: 'spawns' | 'endless', at: Milliseconds): void {
  if (core.events.pausing === why) return;
  core.events.pausing = why;
  core.effects.push({ kind: 'set-timer', timer: PAUSE_TIMER, at });
}

export function isPauseOver(input: CoreInput): boolean {
  return input.kind === 'timer' && input.timer === PAUSE_TIMER;
}

/**
 * Resumes handling after the runtime has served its clients.
 * @param byTimer nothing else has happened: jobs whose programs are missing may trigger each other endlessly
 */
export function endPause(core: CoreState, byTimer: boolean): void {
  const { events } = core;
  if (events.pausing === 'spawns') {
    // many exits may be reported in one turn of the event loop
    if (!byTimer) return;
    events.spawnedThisTurn = 0;
  } else events.handledSincePause = 0;
  if (events.pausing === undefined) return;
  events.pausing = undefined;
  core.effects.push({ kind: 'clear-timer', timer: PAUSE_TIMER });
}
