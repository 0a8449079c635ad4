/**
 * Changes the registry of job classes (Upstart section 1.1). A class that changes on disk while it has jobs
 * stays in use until the last of them has reached `waiting`. The same applies to a deleted class.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { CoreState } from './core-state.js';
import type { StartMatches, ClassEntry, EmittedEvent, Job } from './model.js';
import { reset } from './events/operator.js';
import { releaseEvents } from './events/queue.js';
import { StartCondition } from './events/start-condition.js';
import { dropOutdatedScale, recordEnd } from './copies.js';

/** Records that a job file was read or changed, or (undefined) that it was removed or is broken. */
export function changeClass(core: CoreState, name: string, jobClass: JobClass | undefined): void {
  const entry = core.classes.get(name);
  if (entry !== undefined) {
    entry.disk = jobClass;
    dropOutdatedScale(entry);
    if (entry.jobs.size === 0) applyDiskClass(core, entry);
    else applyCount(core, entry);
  } else if (jobClass !== undefined) {
    core.classes.add(name, jobClass);
  }
}

/**
 * Puts the class on disk into use. Events held by the old `start on` are offered to the new one, so that a
 * half-satisfied `and` stays so. Loading a file never starts a job: events that would satisfy the new
 * expression at once are released.
 */
export function applyDiskClass(core: CoreState, entry: ClassEntry): void {
  if (entry.disk === entry.active) return;
  const old = entry.startOn;
  if (old !== undefined && old.matches.length > 0) core.latchesChanged = true;
  if (entry.disk === undefined) {
    core.classes.remove(entry);
  } else {
    entry.active = entry.disk;
    entry.startOn = StartCondition.of(entry.disk);
    core.classes.forgetListeners();
    if (old !== undefined && entry.startOn !== undefined) reofferEvents(core, entry.startOn, old.latched());
  }
  if (old !== undefined) releaseEvents(core, old.reset());
}

/**
 * Puts a class into use immediately if only its number of instances has changed: running jobs are not
 * affected. Starts and stops no job.
 */
export function applyCount(core: CoreState, entry: ClassEntry): void {
  const { active, disk } = entry;
  if (disk === undefined || disk === active || active.instances === undefined) return;
  if (disk.instances === undefined || !isDeepStrictEqual({ ...active, instances: disk.instances }, disk))
    return;
  entry.active = disk;
  for (const job of entry.jobs.values()) if (job.class === active) job.class = disk;
  core.classes.forgetListeners();
}

/** Offers events that are already held; they must not make the expression true. */
export function reofferEvents(core: CoreState, startOn: StartMatches, events: readonly EmittedEvent[]): void {
  for (const event of events) for (const match of startOn.offer(event)) releaseEvents(core, reset(match));
}

/** Removes a job that has reached `waiting`: only what status shows later is kept. */
export function removeJob(core: CoreState, job: Job): void {
  const { entry } = job;
  if (job.stopOn !== undefined) {
    const held = reset(job.stopOn);
    releaseEvents(core, held);
    core.latchesChanged ||= held.length > 0;
  }
  core.timers.clearAll(job);
  core.jobs.delete(job.key);
  entry.jobs.delete(job.ref.instance);
  recordEnd(entry, {
    instance: job.ref.instance,
    at: core.now,
    failure: job.failure,
    exit: job.lastExit,
    history: job.history,
    respawns: job.respawns.total,
  });
  if (job.class !== entry.active) core.classes.forgetListeners();
  core.effects.push({ kind: 'job-gone', job: job.ref });
  if (entry.jobs.size === 0) applyDiskClass(core, entry);
}
