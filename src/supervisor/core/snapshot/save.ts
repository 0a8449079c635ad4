/** The core's state, or one job of it, as plain JSON. */
import type { JsonObject } from '../../../codec/containers.js';
import { heldBy, type ClassEntry, type Job } from '../model.js';
import type { JobRef, Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { jobKey } from '../../../tracker/job-key.js';
import {
  coreSnapshot,
  SAVED_VERSION,
  type CoreContext,
  type CoreSnapshot,
  type SavedJob,
  type SavedLatches,
} from './state-codec.js';

/**
 * @param only saves this job alone: events that it refers to are not included, and a core that restores it
 * treats them as finished
 */
export function saveState(core: CoreState, now: Milliseconds, only?: JobRef): JsonObject {
  const context: CoreContext = { clock: now, elapsed: 0, events: core.events.living, classes: core.classes };
  return coreSnapshot.write(only === undefined ? wholeOf(core) : partOf(core, only), context);
}

function wholeOf(core: CoreState): CoreSnapshot {
  const entries = [...core.classes.all()];
  return {
    version: SAVED_VERSION,
    nextEvent: core.events.nextId,
    events: [...core.events.living.values()],
    order: entries.map(({ name }) => name),
    classes: entries.filter(isWorthSaving),
    latches: entries.flatMap(latchesOf),
    jobs: [...core.jobs.values()].map((job) => withTimers(core, job)),
    unclear: [...core.unclear.values()],
  };
}

function partOf(core: CoreState, only: JobRef): CoreSnapshot {
  const job = core.jobs.get(jobKey(only));
  const jobs = job === undefined ? [] : [withTimers(core, job)];
  const unclear = core.unclear.get(jobKey(only));
  return {
    version: SAVED_VERSION,
    nextEvent: 1,
    events: [],
    order: [],
    classes: [],
    latches: [],
    jobs,
    unclear: unclear === undefined ? [] : [unclear],
  };
}

/** Tests whether a class has state; otherwise its file is enough. */
function isWorthSaving({ jobs, lastEnd, copyEnds, scale }: ClassEntry): boolean {
  return jobs.size > 0 || lastEnd !== undefined || copyEnds.size > 0 || scale !== undefined;
}

function latchesOf({ name, startOn }: ClassEntry): SavedLatches[] {
  if (startOn === undefined) return [];
  const { expression, matches } = startOn;
  return matches.map((match) => ({ class: name, expression, leaves: heldBy(match) }));
}

function withTimers(core: CoreState, job: Job): SavedJob {
  const { scale } = job.entry;
  return { job, ...(scale !== undefined && { scale }), timers: core.timers.of(job) };
}
