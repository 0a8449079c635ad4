/**
 * The registry of job classes (Upstart section 1.1). A class that changes on disk while jobs of it live stays in use
 * until the last of them has reached `waiting`; one that is deleted lives on as long.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { CoreState } from './core-state.js';
import type { StartMatches, ClassEntry, EmittedEvent, Job } from './model.js';
import { reset } from './events/operator.js';
import { releaseEvents } from './events/queue.js';
import { StartCondition } from './events/start-condition.js';
import { dropOutdatedScale, recordEnd } from './copies.js';

/** A job file was read, changed, or (undefined) removed or broken. */
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
 * Puts what is on disk into use. Events that the old `start on` holds are offered to the new one, so that an `and` that
 * is half satisfied stays so. Loading a file never starts a job: events that would satisfy the new expression at once
 * are let go.
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
 * Where nothing but the number of instances has changed, the class is in use at once: it means the same to each job that
 * runs. No job is started or stopped by it.
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

/** Offers events that are held already; they must not make the expression true. */
export function reofferEvents(core: CoreState, startOn: StartMatches, events: readonly EmittedEvent[]): void {
  for (const event of events) for (const match of startOn.offer(event)) releaseEvents(core, reset(match));
}

/** A job has reached `waiting`: nothing is left of it but what status remembers. */
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
  });
  if (job.class !== entry.active) core.classes.forgetListeners();
  core.effects.push({ kind: 'job-gone', job: job.ref });
  if (entry.jobs.size === 0) applyDiskClass(core, entry);
}
