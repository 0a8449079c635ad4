/**
 * The core's state as plain JSON, for the saved state of a crash and for re-exec. Times are ages (how long ago) and
 * remainders (in how long), since the clock of another process may begin elsewhere. Commands are not saved: their
 * clients have lost their connection by the time this is read.
 */
import type { ExpectedEvents } from '../../../jobfile/event-expression.js';
import type { JobClass, ProcessName } from '../../../jobfile/job-class.js';
import type { WaitStatus } from '../../../kernel/kernel.js';
import type { EventId, Goal, Milliseconds, State } from '../contract.js';
import type { Failure, Job, Killing } from '../job/job.js';
import type { TimerKind } from '../timers.js';

/** Raised whenever a reader of the version before would misunderstand what is written. */
export const SAVED_VERSION = 1;

export interface SavedCore {
  readonly version: typeof SAVED_VERSION;
  readonly events: readonly SavedEvent[];
  readonly latches: readonly SavedLatches[];
  readonly jobs: readonly SavedJob[];
}

export interface SavedEvent {
  readonly id: EventId;
  readonly name: string;
  readonly env: readonly string[];
  readonly progress: 'pending' | 'handling';
  readonly failed: boolean;
}

/** What the `start on` of a class holds. */
export interface SavedLatches {
  readonly class: string;
  readonly expression: ExpectedEvents;
  /** for each leaf from left to right */
  readonly leaves: readonly (EventId | null)[];
}

interface SavedProcess {
  readonly pid: number;
  readonly age: Milliseconds;
}

export interface SavedJob {
  readonly name: string;
  readonly instance: string;
  readonly class: JobClass;
  readonly goal: Goal;
  readonly goalAge: Milliseconds;
  readonly state: State;
  readonly age: Milliseconds;
  readonly cycle: boolean;
  readonly fresh: boolean;
  readonly env: readonly string[];
  readonly startEnv: readonly string[] | null;
  readonly stopEnv: readonly string[];
  readonly processes: readonly (SavedProcess & { readonly process: ProcessName })[];
  readonly spawning: ProcessName | null;
  readonly hookEnding: Job['hookEnding'];
  readonly blocker: EventId | null;
  /** events that are held until the job is where they send it */
  readonly heldEvents: readonly EventId[];
  readonly stopLatches: readonly (EventId | null)[];
  readonly run: {
    readonly launcher: SavedProcess | null;
    readonly ready: boolean;
    readonly settled: boolean;
    readonly handedOff: boolean;
    readonly continued: boolean;
  };
  readonly killing:
    | (Pick<Killing, 'reason' | 'forced' | 'members'> & {
        readonly age: Milliseconds;
      })
    | null;
  readonly failure: {
    readonly process: Failure['process'];
    readonly status: WaitStatus | null;
    readonly text: string;
  } | null;
  readonly lastExit: { readonly status: WaitStatus; readonly pid: number; readonly age: Milliseconds } | null;
  readonly respawns: {
    readonly windowAge: Milliseconds | null;
    readonly count: number;
    readonly inARow: number;
    readonly total: number;
  };
  /** the back-off: not to be started again before so long */
  readonly respawnIn: Milliseconds | null;
  readonly timers: readonly { readonly kind: TimerKind; readonly in: Milliseconds }[];
}
