/** The jobs of a class, by instance. */
import type { ClassEntry, Job } from '../model.js';
import type { CoreState } from '../core-state.js';
import { createJob } from './job.js';

/** The job of this name, made where there is none. The caller gives it a goal. */
export function instanceOf(core: CoreState, entry: ClassEntry, instance: string): Job {
  const present = entry.jobs.get(instance);
  if (present !== undefined) return present;
  const job = createJob(entry, entry.active, { name: entry.name, instance }, core.now);
  registerJob(core, job);
  return job;
}

/** Enters a job in the registers. */
export function registerJob(core: CoreState, job: Job): void {
  job.entry.jobs.set(job.ref.instance, job);
  core.jobs.set(job.key, job);
  if (job.class !== job.entry.active) core.classes.forgetListeners();
}
