/** Maintains the history of a job (model/history.ts). */
import type { Milliseconds } from '../contract.js';
import { describeEvent } from '../events/event.js';
import type { Cause, EmittedEvent, Job, PastMain } from '../model.js';

/** Enough to see that a job flaps, and why; ten entries take a kilobyte of the job's file. */
const MAX_MAINS = 10;

/** Number of events named; an expression may need any number of them. */
const MAX_EVENTS = 3;
/** Limits the text of an event, which may have 64 KiB of variables. */
const MAX_CHARACTERS = 200;

export function causedBy(events: readonly EmittedEvent[]): Cause {
  const named = events.slice(0, MAX_EVENTS).map((event) => shortened(describeEvent(event)));
  const more = events.length - named.length;
  return { kind: 'events', events: more > 0 ? [...named, `${more} more`] : named };
}

function shortened(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}

/** @param cause undefined if the job stops by itself */
export function recordStop(job: Job, at: Milliseconds, cause: Cause | undefined): void {
  job.history = { ...job.history, stopped: cause && { at, cause } };
}

export function recordStart(job: Job, at: Milliseconds, cause: Cause): void {
  job.history = { ...job.history, started: { at, cause } };
}

export function recordMain(job: Job, main: PastMain): void {
  const { ends } = job.entry.runs;
  ends.set(main.status, (ends.get(main.status) ?? 0) + 1);
  job.history = { ...job.history, mains: [...job.history.mains, main].slice(-MAX_MAINS) };
}
