/** Restores saved jobs and events (see state-codec.ts). */
import { ClassRegistry } from '../class-registry.js';
import type { ClassEntry, Job } from '../model.js';
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../../jobfile/job-class/job-class.js';
import { DecodeError } from '../../../codec/decode-error.js';
import { dropOutdatedScale } from '../copies.js';
import { applyCount, reofferEvents } from '../classes.js';
import type { Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { StartCondition } from '../events/start-condition.js';
import { registerJob } from '../job/job.js';
import { jobKey } from '../../../tracker/job-key.js';
import { requestMembersEnd } from '../job/killing.js';
import { changeGoal } from '../job/goal.js';
import { advance, spawn } from '../job/transitions.js';
import { failUnclear } from '../job/unclear.js';
import {
  coreSnapshot,
  type CoreContext,
  type CoreSnapshot,
  type SavedJob,
  type SavedLatches,
} from './state-codec.js';

/**
 * Reads saved state. Changes nothing in the core.
 * @param elapsed how long ago it was saved
 * @throws DecodeError
 */
export function decodeState(
  core: CoreState,
  saved: unknown,
  now: Milliseconds,
  elapsed: Milliseconds,
): CoreSnapshot {
  const others = new ClassRegistry();
  const classes: CoreContext['classes'] = {
    get: (name) => core.classes.get(name) ?? others.get(name),
    add: (name, jobClass) => others.add(name, jobClass),
  };
  const snapshot = coreSnapshot.read(saved, {
    clock: now - elapsed,
    elapsed,
    events: new Map(),
    classes,
  });
  checkAgainst(core, snapshot);
  return snapshot;
}

function checkAgainst(core: CoreState, { events, jobs }: CoreSnapshot): void {
  const keys = new Set(core.jobs.keys());
  for (const [index, { job }] of jobs.entries()) {
    if (keys.has(job.key)) throw new DecodeError(`jobs[${index}]`, 'each job once', `${job.label} again`);
    keys.add(job.key);
  }
  for (const [index, { id }] of events.entries()) {
    if (core.events.living.has(id))
      throw new DecodeError(`events[${index}].id`, 'each event once', `${id} again`);
  }
}

/** @param snapshot returned by `decodeState` for this very core, which has not changed since */
export function restoreState(
  core: CoreState,
  { nextEvent, events, order, classes, latches, jobs, unclear }: CoreSnapshot,
): void {
  for (const one of unclear) core.unclear.set(jobKey(one.job), one);
  core.events.nextId = Math.max(core.events.nextId, nextEvent, ...events.map(({ id }) => id + 1));
  for (const event of events) {
    core.events.living.set(event.id, event);
    if (event.progress === 'pending') core.events.pending.push(event);
  }
  const inUse = new Map(classes.map(({ name, active }) => [name, active]));
  for (const saved of jobs) enterJob(core, saved, inUse.get(saved.job.ref.name));
  core.classes.sort(order);
  for (const saved of classes) restoreClass(core, saved);
  for (const entry of core.classes.all()) if (entry.jobs.size > 0) applyCount(core, entry);
  for (const saved of latches) restoreLatches(core, saved);
  // the holders of such an event were not restored
  for (const event of events) {
    if (event.progress === 'handling' && event.holders === 0) core.events.released.push(event);
  }
  for (const { job } of jobs) resume(core, job);
}

function restoreClass(core: CoreState, saved: ClassEntry): void {
  const entry = core.classes.get(saved.name);
  if (entry === undefined) return;
  entry.lastEnd = saved.lastEnd;
  for (const [instance, end] of saved.copyEnds) entry.copyEnds.set(instance, end);
  entry.scale = saved.scale;
  dropOutdatedScale(entry);
}

/** @param inUse the class in use for new jobs, if that was saved */
function enterJob(core: CoreState, { job, scale, timers }: SavedJob, inUse: JobClass | undefined): void {
  const entry = enterClass(core, job.entry, inUse ?? job.class);
  entry.scale ??= scale;
  dropOutdatedScale(entry);
  const known = [entry.active, entry.disk].find((jobClass) => isDeepStrictEqual(jobClass, job.class));
  // classes are compared by identity
  if (known !== undefined) job.class = known;
  registerJob(core, job);
  if (job.blockingEvent !== undefined) job.blockingEvent.blockedJob = job.key;
  for (const { kind, at } of timers) core.timers.set(job, kind, at);
}

/**
 * Enters a class. The class of a living job stays in use. If another one is on disk, it is used once the job
 * is gone.
 */
function enterClass(core: CoreState, entry: ClassEntry, inUse: JobClass): ClassEntry {
  if (core.classes.get(entry.name) === undefined) {
    core.classes.enter(entry);
    // no file has it
    entry.disk = undefined;
  }
  if (entry.jobs.size > 0 || isDeepStrictEqual(entry.active, inUse)) return entry;
  entry.active = inUse;
  entry.startOn = StartCondition.of(inUse);
  core.classes.forgetListeners();
  return entry;
}

function restoreLatches(core: CoreState, { class: name, expression, leaves }: SavedLatches): void {
  const startOn = core.classes.get(name)?.startOn;
  if (startOn === undefined) return;
  if (isDeepStrictEqual(startOn.expression, expression)) startOn.restore(leaves);
  else
    reofferEvents(
      core,
      startOn,
      leaves.filter((event) => event !== undefined),
    );
}

/** Tests whether the job is starting or in backoff, so that its next main would be started. */
function lacksMain(job: Job): boolean {
  return job.goal !== 'stop' && !job.processes.has('main') && job.state !== 'running';
}

function giveUp(core: CoreState, job: Job): void {
  const { state, spawning } = job;
  job.spawning = undefined;
  changeGoal(core, job, 'stop');
  if (job.state === state && spawning !== undefined) advance(core, job);
  else if (job.state === state) resume(core, job);
}

/** Repeats open requests, and resumes a job if what it waited for is gone. */
function resume(core: CoreState, job: Job): void {
  if (lacksMain(job) && failUnclear(core, job)) return giveUp(core, job);
  if (job.spawning !== undefined) spawn(core, job, job.spawning);
  if (job.state === 'killed') requestMembersEnd(core, job);
  if ((job.state === 'starting' || job.state === 'stopping') && job.blockingEvent === undefined)
    advance(core, job);
}
