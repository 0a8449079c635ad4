/** The data of a job (instance). What happens to it is in the files beside this one. */
import { lastEndOf } from '../copies.js';
import type { JobClass, ProcessName } from '../../../jobfile/job-class/job-class.js';
import { jobRecord, type ClassEntry, type Job, NO_HISTORY } from '../model.js';
import type { JobRef, Milliseconds } from '../contract.js';
import { createOperator } from '../events/operator.js';
import type { CoreState } from '../core-state.js';

/** A job that has not begun. */
export function createJob(entry: ClassEntry, jobClass: JobClass, ref: JobRef, now: Milliseconds): Job {
  return jobRecord.create({
    ref,
    entry,
    class: jobClass,
    stopOn: jobClass.stopOn === undefined ? undefined : createOperator(jobClass.stopOn),
    goalSince: now,
    since: now,
    history: lastEndOf(entry, ref.instance)?.history ?? NO_HISTORY,
  });
}

/** Whether a hook of the job runs, or is about to. */
export function runningHook(job: Job): ProcessName | undefined {
  if (job.spawning !== undefined && job.spawning !== 'main') return job.spawning;
  for (const process of job.processes.keys()) if (process !== 'main') return process;
  return undefined;
}

/** Nothing runs in post-stop but its hook: without one, the job waits until it may be respawned. */
export function isBackingOff(job: Job): boolean {
  return job.state === 'post-stop' && runningHook(job) === undefined;
}

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
