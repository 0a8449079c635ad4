/**
 * Who waits for a job, and when they are told (Upstart section 4.2). A service's start is done when it runs, a task's
 * when it has finished, a stop in `waiting`; a failure is told at once; and whatever comes after an earlier command
 * lets those who wait for the earlier one go.
 */
import type { CommandId, CommandOutcome } from '../contract.js';
import type { CoreState } from '../core-state.js';
import type { EmittedEvent, Failure, Job, Waiter } from '../model.js';
import { releaseEvent } from '../events/queue.js';

type CommandWaiter = Extract<Waiter, { kind: 'command' }>;

const FAILURE_MESSAGES = {
  start: 'Job failed to start',
  stop: 'Job failed while stopping',
  restart: 'Job failed to restart',
} as const satisfies Record<CommandWaiter['verb'], string>;

/** The event is held until the job is where the event sends it. */
export function waitWithEvent(job: Job, event: EmittedEvent): void {
  event.holders += 1;
  job.waiters.push({ kind: 'event', event });
}

export function waitWithCommand(job: Job, waiter: Omit<CommandWaiter, 'kind'>): void {
  job.waiters.push({ kind: 'command', ...waiter });
}

export function reply(core: CoreState, id: CommandId, outcome: CommandOutcome): void {
  core.effects.push({ kind: 'reply', id, outcome });
}

/** Everybody is told that the job is where it was to go. */
export function satisfyWaiters(core: CoreState, job: Job, detail?: string): void {
  for (const waiter of takeWaiters(job)) {
    if (waiter.kind === 'event') releaseEvent(core, waiter.event);
    else reply(core, waiter.id, { ok: true, job: job.ref, ...(detail === undefined ? {} : { detail }) });
  }
}

/** The job runs. Those who want to know more than that exec worked go on waiting until the run has settled. */
export function satisfyRunning(core: CoreState, job: Job): void {
  if (!job.run.settled) {
    const patient = job.waiters.filter(isWaitingForSettled);
    job.waiters = job.waiters.filter((waiter) => !isWaitingForSettled(waiter));
    satisfyWaiters(core, job);
    job.waiters = patient;
  } else {
    satisfyWaiters(core, job);
  }
}

/** Something else was asked of the job meanwhile: to those who waited that is an end like any other. */
export function supersedeWaiters(
  core: CoreState,
  job: Job,
  by: 'start' | 'stop' | 'restart' | 'event',
): void {
  // who wants to know what becomes of a start is answered when that is so: a hook may say `stop` to its own job
  const patient = by === 'stop' ? job.waiters.filter(isWaitingForSettled) : [];
  job.waiters = job.waiters.filter((waiter) => !patient.some((other) => other === waiter));
  satisfyWaiters(core, job, by === 'event' ? 'an event changed its goal' : `another ${by} changed its goal`);
  job.waiters = patient;
}

/** Marks the run as failed, and tells everybody. The first failure of a run is the one that counts. */
export function failJob(core: CoreState, job: Job, failure: Failure): void {
  if (job.failure !== undefined) return;
  job.failure = failure;
  for (const waiter of takeWaiters(job)) {
    if (waiter.kind === 'event') releaseEvent(core, waiter.event, 'failed');
    else reply(core, waiter.id, failureOutcome(job, waiter, failure.text));
  }
}

/** Main has died and is started again: Upstart's clients wait for that, those who want to know more are told now. */
export function failWaitersForSettled(core: CoreState, job: Job, reason: string): void {
  for (const waiter of job.waiters.filter(isWaitingForSettled))
    reply(core, waiter.id, failureOutcome(job, waiter, reason));
  job.waiters = job.waiters.filter((waiter) => !isWaitingForSettled(waiter));
}

export function hasWaiterForSettled(job: Job): boolean {
  return job.waiters.some(isWaitingForSettled);
}

function isWaitingForSettled(waiter: Waiter): waiter is CommandWaiter {
  return waiter.kind === 'command' && waiter.wait === 'settled' && waiter.verb !== 'stop';
}

function takeWaiters(job: Job): Waiter[] {
  const { waiters } = job;
  job.waiters = [];
  return waiters;
}

function failureOutcome(job: Job, waiter: CommandWaiter, detail: string): CommandOutcome {
  return { ok: false, error: 'job-failed', message: FAILURE_MESSAGES[waiter.verb], job: job.ref, detail };
}
