/**
 * Job files can chase one another without end: `start on stopped foo` in foo itself, whose program is missing. Upstart's
 * init then does nothing else any more. Here the events of such a circle are handled in portions, with a pause after each,
 * in which the runtime sees to its clients, so that somebody can put an end to it.
 *
 * A machine that boots starts a hundred programs upon one event. Each takes as long as its child takes to exec, which on a
 * busy machine is tens of milliseconds: after a few of them, too, clients are seen to.
 */
import type { CoreInput, Milliseconds, TimerId } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import type { EmittedEvent } from '../model.js';

/** A run of a job takes four events; twice that for every class, and as much for what others emit, is no circle. */
const MAX_PER_CLASS = 8;
const MAX_OTHERWISE = 1000;

const PAUSE: Milliseconds = 100;

/** Programs that are started before clients are seen to. An answer takes several turns of the event loop. */
const MAX_SPAWNS = 4;

/** The one timer that is no job's. */
const PAUSE_TIMER: TimerId = 'events';

/** Whether handling has to stop here for a while. */
export function isPauseDue(core: CoreState, next: EmittedEvent): boolean {
  const { events } = core;
  if (events.spawnedThisTurn >= MAX_SPAWNS) {
    // the runtime looks at all descriptors before a timer that is due at once
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
 * The runtime has come back from outside: handling goes on.
 * @param byTimer nothing else has happened: jobs whose programs are missing may chase one another without end
 */
export function endPause(core: CoreState, byTimer: boolean): void {
  const { events } = core;
  if (events.pausing === 'spawns') {
    // many deaths may be reported in one turn of the event loop
    if (!byTimer) return;
    events.spawnedThisTurn = 0;
  } else events.handledSincePause = 0;
  if (events.pausing === undefined) return;
  events.pausing = undefined;
  core.effects.push({ kind: 'clear-timer', timer: PAUSE_TIMER });
}
