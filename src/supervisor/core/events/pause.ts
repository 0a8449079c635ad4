/**
 * Job files can chase one another without end: `start on stopped foo` in foo itself, whose program is missing. Upstart's
 * init then does nothing else any more. Here the events of such a circle are handled in portions, with a pause after each,
 * in which the runtime sees to its clients, so that somebody can put an end to it.
 */
import type { Milliseconds, TimerId } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import type { EmittedEvent } from '../model.js';

/** A run of a job takes four events; twice that for every class, and as much for what others emit, is no circle. */
const MOST_FOR_EACH_CLASS = 8;
const MOST_OTHERWISE = 1000;

const PAUSE: Milliseconds = 100;

/** The one timer that is no job's. */
const PAUSE_TIMER: TimerId = 'events';

/** Whether handling has to stop here for a while. */
export function pauseIfEndless(core: CoreState, next: EmittedEvent): boolean {
  const { events } = core;
  if (events.handledAtOnce < MOST_OTHERWISE + MOST_FOR_EACH_CLASS * core.classes.size) {
    events.handledAtOnce += 1;
    return false;
  }
  if (!events.pausing) {
    const variables = next.env.length === 0 ? '' : ` (${next.env.join(' ')})`;
    log(core, 'error', `Events do not come to rest, pausing at event ${next.name}${variables}`);
    events.pausing = true;
    core.effects.push({ kind: 'set-timer', timer: PAUSE_TIMER, at: core.now + PAUSE });
  }
  return true;
}

/** The runtime has come back from outside: handling goes on. */
export function endPause(core: CoreState): void {
  const { events } = core;
  events.handledAtOnce = 0;
  if (!events.pausing) return;
  events.pausing = false;
  core.effects.push({ kind: 'clear-timer', timer: PAUSE_TIMER });
}
