/**
 * What is remembered of a job beside its state: who or what started and stopped it last, and how its last mains ended. It is
 * for people alone (`foster why`, `foster status`): nothing is decided by it. Its size has a bound, whatever a job does.
 */
import type { CommandSource, Milliseconds } from './contract.js';
import type { EndStatus } from './wait-status.js';

/** Who or what has given a job its goal. */
export type Cause =
  | {
      readonly kind: 'command';
      readonly verb: 'start' | 'stop' | 'restart' | 'scale';
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
