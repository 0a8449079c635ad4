/** The data of a job (instance). The neighbouring files change it. */
import { lastEndOf } from '../copies.js';
import type { JobClass, ProcessName } from '../../../jobfile/job-class/job-class.js';
import { jobRecord, type ClassEntry, type Job, NO_HISTORY } from '../model.js';
import type { JobRef, Milliseconds } from '../contract.js';
import { createOperator } from '../events/operator.js';
import type { CoreState } from '../core-state.js';

/** Creates a job that has not started. */
function createJob(entry: ClassEntry, jobClass: JobClass, ref: JobRef, now: Milliseconds): Job {
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

/** Returns the hook that runs or is about to run. */
export function runningHook(job: Job): ProcessName | undefined {
  if (job.spawning !== undefined && job.spawning !== 'main') return job.spawning;
  for (const process of job.processes.keys()) if (process !== 'main') return process;
  return undefined;
}

/**
 * Tests for backoff. post-stop runs nothing but its hook: without a running hook, the job waits for its
 * respawn.
 */
export function isBackingOff(job: Job): boolean {
  return job.state === 'post-stop' && runningHook(job) === undefined;
}

/** Returns the job of this name; creates it if necessary. The caller sets its goal. */
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
