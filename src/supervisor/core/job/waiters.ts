/**
 * Notifies the events and commands that wait for a job (Upstart section 4.2). A service's start is done when
 * it runs, a task's when it has finished, a stop in `waiting`. A failure is reported at once. A later command
 * releases the waiters of an earlier one.
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

/** Holds the event until the job has reached the state that the event demands. */
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

/** Reports success to all waiters. */
export function satisfyWaiters(core: CoreState, job: Job, detail?: string): void {
  for (const waiter of takeWaiters(job)) {
    if (waiter.kind === 'event') releaseEvent(core, waiter.event);
    else reply(core, waiter.id, { ok: true, job: job.ref, ...(detail === undefined ? {} : { detail }) });
  }
}

/**
 * Reports that the job runs. Waiters that want to know more than that exec worked stay until the run has
 * settled.
 */
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

/** Releases waiters because another command or event has changed the goal. */
export function supersedeWaiters(
  core: CoreState,
  job: Job,
  by: 'start' | 'stop' | 'restart' | 'event',
): void {
  // `foster start` waits for the outcome of the start: a hook may call `stop` on its own job
  const patient = by === 'stop' ? job.waiters.filter(isWaitingForSettled) : [];
  job.waiters = job.waiters.filter((waiter) => !patient.some((other) => other === waiter));
  satisfyWaiters(core, job, by === 'event' ? 'an event changed its goal' : `another ${by} changed its goal`);
  job.waiters = patient;
}

/** Marks the run as failed, and notifies all waiters. The first failure of a run is the one that counts. */
export function failJob(core: CoreState, job: Job, failure: Failure): void {
  if (job.failure !== undefined) return;
  job.failure = failure;
  for (const waiter of takeWaiters(job)) {
    if (waiter.kind === 'event') releaseEvent(core, waiter.event, 'failed');
    else reply(core, waiter.id, failureOutcome(job, waiter, failure.text));
  }
}

/**
 * Reports a crash that is followed by a respawn to the waiters for a settled run; Upstart's clients wait for
 * the respawn.
 */
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
