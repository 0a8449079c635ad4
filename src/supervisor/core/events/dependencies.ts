/**
 * Implements `requires` and `after` as if jobs listened to `starting` and `stopping` of each other. A
 * required job holds the `starting` of its dependent until it runs itself. A dependent holds the `stopping`
 * of a required job until it has stopped itself.
 */
import type { ClassEntry, EmittedEvent, Job } from '../model.js';
import { targetJobs, type TargetJob } from '../copies.js';
import { log, type CoreState } from '../core-state.js';
import { changeGoal } from '../job/goal.js';
import { instanceOf } from '../job/job.js';
import { classEnvironment } from '../job/process-environment.js';
import { failJob, supersedeWaiters, waitWithEvent } from '../job/waiters.js';
import { isBlockedByUnclear } from '../job/unclear.js';
import { blockedJob } from './queue.js';

/**
 * Applies `requires` and `after`: starts required jobs, waits for other jobs, or stops dependents. Must be called
 * for every event after it has been offered to all jobs.
 */
export function applyDependencies(core: CoreState, event: EmittedEvent): void {
  const job = blockedJob(core, event);
  if (job === undefined) return;
  if (job.state === 'starting') {
    for (const name of job.class.requires) startRequired(core, job, name, event);
    for (const name of job.class.after) waitForOther(core, job, core.classes.get(name), event);
  } else if (job.goal === 'stop' && job.class.task !== true && !hasOtherCopies(job)) {
    // The end of a task is what its dependents have waited for.
    stopDependents(core, job, event);
  }
}

/**
 * Fails a job whose requirements are missing, before it leaves `starting`. (An Upstart hook on `starting`
 * that fails does not keep the job from starting: there the hook depends on the job, not the job on the
 * hook.)
 */
export function checkRequirements(core: CoreState, job: Job): void {
  if (job.state !== 'starting' || job.goal === 'stop') return;
  const missing = job.class.requires.find((name) => !isMet(core.classes.get(name)));
  if (missing === undefined) return;
  const text = whyUnmet(missing, core.classes.get(missing));
  log(core, 'warn', `${job.label} not started: ${text}`);
  failJob(core, job, { process: 'requires', status: undefined, text });
  changeGoal(core, job, 'stop');
}

function startRequired(core: CoreState, job: Job, name: string, event: EmittedEvent): void {
  const entry = core.classes.get(name);
  if (entry === undefined) return;
  const environment = classEnvironment(core.options, entry.active);
  const meant = targetJobs(core.options, entry, environment);
  if (meant.ok) for (const one of meant.jobs) startRequiredJob(core, job, entry, one, event);
  else log(core, 'warn', `Failed to obtain ${name} instance: ${meant.message}`);
}

function startRequiredJob(
  core: CoreState,
  job: Job,
  entry: ClassEntry,
  { instance, environment }: TargetJob,
  event: EmittedEvent,
): void {
  // checkRequirements will find it missing
  if (isBlockedByUnclear(core, { name: entry.name, instance })) return;
  const required = instanceOf(core, entry, instance);
  if (required.goal !== 'stop') {
    holdUntilRunning(core, job, required, event);
    return;
  }
  supersedeWaiters(core, required, 'start');
  waitWithEvent(required, event);
  required.startEnv = environment;
  changeGoal(core, required, 'start', { kind: 'job', job: job.label });
}

function waitForOther(core: CoreState, job: Job, entry: ClassEntry | undefined, event: EmittedEvent): void {
  for (const other of entry?.jobs.values() ?? [])
    if (other.goal !== 'stop') holdUntilRunning(core, job, other, event);
}

/** Holds the event until the other job runs, unless that job waits for this one. */
function holdUntilRunning(core: CoreState, job: Job, other: Job, event: EmittedEvent): void {
  if (other.state === 'running' && other.class.task !== true) return;
  if (waitsFor(core, other, job))
    log(core, 'warn', `${job.label} and ${other.label} wait for each other: ${job.label} goes on`);
  else waitWithEvent(other, event);
}

/** Tests whether `other` keeps `job` in `starting`, directly or through others. */
function waitsFor(core: CoreState, job: Job, other: Job, seen = new Set<Job>()): boolean {
  if (job === other) return true;
  const { blockingEvent } = job;
  if (blockingEvent === undefined || seen.has(job)) return false;
  seen.add(job);
  for (const holder of core.jobs.values()) {
    const holds = holder.waiters.some((waiter) => waiter.kind === 'event' && waiter.event === blockingEvent);
    if (holds && waitsFor(core, holder, other, seen)) return true;
  }
  return false;
}

/** Tests for other copies: when one of several copies stops, dependents keep the others. */
function hasOtherCopies({ class: { instances }, entry, ref }: Job): boolean {
  if (instances === undefined) return false;
  return [...entry.jobs.values()].some(
    (other) => other.ref.instance !== ref.instance && other.goal !== 'stop',
  );
}

function stopDependents(core: CoreState, job: Job, event: EmittedEvent): void {
  for (const dependent of [...core.jobs.values()]) {
    const depends = dependent.class.requires.includes(job.ref.name);
    // a dependent in `starting` will find its requirement missing
    if (!depends || dependent.state === 'starting') continue;
    if (dependent.goal === 'stop') {
      // another job that it requires, or another copy of this one, is stopping, too
      const hasBegun = dependent.run.launcher !== undefined;
      if (hasBegun && !waitsFor(core, dependent, job)) waitWithEvent(dependent, event);
      continue;
    }
    supersedeWaiters(core, dependent, 'stop');
    waitWithEvent(dependent, event);
    dependent.stopEnv = [];
    changeGoal(core, dependent, 'stop', { kind: 'job', job: job.label });
  }
}

/**
 * Tests whether a requirement is met. A service has to be up, or starting together with this job (they
 * require each other); a task must have succeeded.
 */
/** Returns why a requirement is not met; the reason is most often that the required job has just failed. */
function whyUnmet(name: string, entry: ClassEntry | undefined): string {
  if (entry === undefined) return `required job ${name} does not exist`;
  const ends = [...entry.jobs.values(), entry.lastEnd, ...entry.copyEnds.values()];
  const failed = ends.find((end) => end?.failure !== undefined);
  const reason = failed?.failure === undefined ? '' : `: ${failed.failure.text}`;
  return `required job ${name} is not running${reason}`;
}

function isMet(entry: ClassEntry | undefined): boolean {
  if (entry === undefined) return false;
  const jobs = [...entry.jobs.values()];
  if (jobs.length > 0) return jobs.some((job) => job.goal !== 'stop' && job.failure === undefined);
  const ends = entry.active.instances === undefined ? [entry.lastEnd] : [...entry.copyEnds.values()];
  const haveSucceeded =
    ends.length > 0 && ends.every((end) => end !== undefined && end.failure === undefined);
  return entry.active.task === true && haveSucceeded;
}
