/** Handles events: offers each to every job, and finishes it when it has no holders (Upstart section 3.3). */
import type { ClassEntry, EmittedEvent, Job, Operator } from '../model.js';
import { targetJobs, type TargetJob } from '../copies.js';
import { log, type CoreState } from '../core-state.js';
import { changeGoal } from '../job/goal.js';
import { causedBy } from '../job/history.js';
import { instanceOf } from '../job/job.js';
import { classEnvironment } from '../job/process-environment.js';
import { forgetBlockingEvent } from '../job/blocking-event.js';
import { advance } from '../job/transitions.js';
import { isBlockedByUnclear } from '../job/unclear.js';
import { reply, supersedeWaiters, waitWithEvent } from '../job/waiters.js';
import { addEventVariables, decisiveEvents, isTrue, offer, reset } from './operator.js';
import { applyDependencies, checkRequirements } from './dependencies.js';
import { isPauseDue } from './pause.js';
import { blockedJob, emitEvent, releaseEvents } from './queue.js';

/** A failed event is followed by an event with this suffix, which itself is not followed by another. */
const FAILED_SUFFIX = '/failed';

/** Handles and finishes events until none is left, or until they turn out to be endless. */
export function drainEvents(core: CoreState): void {
  const { events } = core;
  for (;;) {
    const released = events.released.shift();
    if (released !== undefined) {
      finishEvent(core, released);
      continue;
    }
    const pending = events.pending[0];
    if (pending === undefined || isPauseDue(core, pending)) return;
    events.pending.shift();
    handleEvent(core, pending);
  }
}

function handleEvent(core: CoreState, event: EmittedEvent): void {
  log(core, 'info', `Handling ${event.name} event`);
  event.progress = 'handling';
  for (const entry of core.classes.listenersOf(event)) {
    for (const job of [...entry.jobs.values()]) offerToJob(core, job, event);
    // the last job may just have gone, and its class with it
    if (core.classes.get(entry.name) === entry) offerToClass(core, entry, event);
  }
  applyDependencies(core, event);
  finishEvent(core, event);
}

/**
 * Offers an event to a job. Every job's `stop on` comes first, so that an event in both expressions restarts
 * a running job.
 */
function offerToJob(core: CoreState, job: Job, event: EmittedEvent): void {
  const { stopOn } = job;
  if (stopOn === undefined || !offer(stopOn, event, job.env)) return;
  core.latchesChanged ||= stopOn.kind !== 'event';
  if (!isTrue(stopOn)) return;
  if (job.goal !== 'stop') {
    const events = decisiveEvents(stopOn);
    const environment = new Map<string, string>();
    addEventVariables(environment, events, 'UPSTART_STOP_EVENTS');
    supersedeWaiters(core, job, 'event');
    for (const cause of events) waitWithEvent(job, cause);
    job.stopEnv = [...environment].map(([key, value]) => `${key}=${value}`);
    changeGoal(core, job, 'stop', causedBy(events));
  }
  releaseEvents(core, reset(stopOn));
}

function offerToClass(core: CoreState, entry: ClassEntry, event: EmittedEvent): void {
  const { startOn } = entry;
  if (startOn === undefined) return;
  const before = startOn.held;
  for (const match of startOn.offer(event)) {
    startByEvents(core, entry, match);
    releaseEvents(core, reset(match));
  }
  core.latchesChanged ||= startOn.held !== before;
}

/**
 * Starts a class's jobs. An error in an instance name affects only this job: the event goes on to the others
 * (Upstart stops there, section 12.11).
 */
function startByEvents(core: CoreState, entry: ClassEntry, match: Operator): void {
  const events = decisiveEvents(match);
  const environment = classEnvironment(core.options, entry.active);
  addEventVariables(environment, events, 'UPSTART_EVENTS');
  const meant = targetJobs(core.options, entry, environment);
  if (!meant.ok) {
    log(core, 'warn', `Failed to obtain ${entry.name} instance: ${meant.message}`);
    return;
  }
  for (const one of meant.jobs) startJobByEvents(core, entry, one, events);
}

function startJobByEvents(
  core: CoreState,
  entry: ClassEntry,
  { instance, environment }: TargetJob,
  events: readonly EmittedEvent[],
): void {
  if (isBlockedByUnclear(core, { name: entry.name, instance })) return;
  const job = instanceOf(core, entry, instance);
  if (job.goal !== 'stop') return;
  supersedeWaiters(core, job, 'event');
  for (const cause of events) waitWithEvent(job, cause);
  job.startEnv = environment;
  changeGoal(core, job, 'start', causedBy(events));
}

function finishEvent(core: CoreState, event: EmittedEvent): void {
  // while the event was being offered, one holder released it and the next took it
  if (event.holders > 0 || event.progress === 'finished') return;
  event.progress = 'finished';
  core.events.living.delete(event.id);
  if (event.failed && !event.name.endsWith(FAILED_SUFFIX)) {
    emitEvent(core, `${event.name}${FAILED_SUFFIX}`, event.env);
  }
  if (event.command !== undefined) {
    reply(
      core,
      event.command,
      event.failed
        ? { ok: false, error: 'event-failed', message: 'Event failed' }
        : { ok: true, job: undefined },
    );
  }
  const job = blockedJob(core, event);
  if (job === undefined) return;
  forgetBlockingEvent(core, job);
  checkRequirements(core, job);
  advance(core, job);
}
