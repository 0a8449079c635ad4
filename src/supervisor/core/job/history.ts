/**
 * What is remembered of a job beside its state: who or what started and stopped it last, and how its last mains ended. It is
 * for people alone (`foster why`, `foster status`): nothing is decided by it. Its size has a bound, whatever a job does.
 */
import type { CommandSource, Milliseconds } from '../contract.js';
import type { EmittedEvent, Job } from '../model.js';
import type { EndStatus } from '../wait-status.js';
import { describeEvent } from '../events/event.js';

/** Who or what has given a job its goal. */
export type Cause =
  | {
      readonly kind: 'command';
      readonly verb: 'start' | 'stop' | 'restart';
      readonly by: CommandSource | undefined;
    }
  /** events that made `start on` or `stop on` true, each as one would emit it */
  | { readonly kind: 'events'; readonly events: readonly string[] }
  /** of a start: this job requires it; of a stop: it requires this job, which stops */
  | { readonly kind: 'job'; readonly job: string }
  /** the processes that a crash of foster had left unclear have ended */
  | { readonly kind: 'clear' };

export interface Decision {
  readonly at: Milliseconds;
  readonly cause: Cause;
}

/** What followed from the end of a main. */
export type Sequel =
  /** the job was to stop */
  | 'stopped'
  /** it ended by itself, and that is no failure */
  | 'finished'
  | 'respawned'
  | 'failed';

export interface PastMain {
  readonly pid: number;
  /** when it was started, or took over */
  readonly since: Milliseconds;
  readonly at: Milliseconds;
  readonly status: EndStatus;
  readonly sequel: Sequel;
}

export interface JobHistory {
  /** undefined where nothing has started it, or nobody knows any more */
  readonly started: Decision | undefined;
  /** undefined where it has ended by itself */
  readonly stopped: Decision | undefined;
  /** the oldest first */
  readonly mains: readonly PastMain[];
}

export const NO_HISTORY: JobHistory = { started: undefined, stopped: undefined, mains: [] };

/** Enough to see that a job flaps, and why; ten of them take a kilobyte of the job's file. */
const MOST_MAINS = 10;

/** Events that are named; an expression may need any number of them. */
const MOST_EVENTS = 3;
/** An event may bring 64 KiB of variables. */
const MOST_CHARACTERS = 200;

export function causedBy(events: readonly EmittedEvent[]): Cause {
  const named = events.slice(0, MOST_EVENTS).map((event) => shortened(describeEvent(event)));
  const more = events.length - named.length;
  return { kind: 'events', events: more > 0 ? [...named, `${more} more`] : named };
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

/** @param cause undefined where the job does it by itself */
export function rememberStop(job: Job, at: Milliseconds, cause: Cause | undefined): void {
  job.history = { ...job.history, stopped: cause && { at, cause } };
}

export function rememberStart(job: Job, at: Milliseconds, cause: Cause): void {
  job.history = { ...job.history, started: { at, cause } };
}

export function rememberMain(job: Job, main: PastMain): void {
  job.history = { ...job.history, mains: [...job.history.mains, main].slice(-MOST_MAINS) };
}
