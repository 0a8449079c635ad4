import type { WaitFor, CommandSource, CommandOutcome, CommandVerb } from '../core/contract.js';
import type { JobStatus } from './job-status.js';

/** Requests for the supervisor and its answers. */
export interface SignalRequest {
  readonly name: string;
  readonly env: readonly string[];
  readonly instance?: string;
  readonly signal: number;
  /** main alone, or its process group */
  readonly whole: 'process' | 'group';
}

export interface SignalAnswer {
  readonly name: string;
  readonly instance: string;
  /** the process that got the signal */
  readonly pid: number;
}

export interface CommandRequest {
  readonly verb: CommandVerb;
  readonly name: string;
  /** of `scale`: the wanted number of copies; undefined: the number in the job file */
  readonly count?: number;
  readonly env: readonly string[];
  /** an existing instance by its name instead of by KEY=VALUEs, as initctl uses it inside a job (UPSTART_INSTANCE) */
  readonly instance?: string;
  readonly wait: WaitFor;
  readonly dialect: 'foster' | 'upstart';
  readonly fresh?: boolean;
  readonly force?: boolean;
  /** milliseconds for which to watch main after a success; if it ends within them, the command has failed */
  readonly watch?: number;
  /** milliseconds after which the answer is `timed-out`; the command itself is still carried out */
  readonly timeout?: number;
  /** for the history */
  readonly by?: CommandSource;
}

/** The outcome, and what a person wants to see with it. */
export interface CommandAnswer {
  readonly outcome: CommandOutcome;
  readonly status: JobStatus | null;
  /** if it failed, the last lines that the job wrote */
  readonly output: readonly string[];
  /** the result for each copy, if the command concerned several copies of a job (`instances`) */
  readonly instances?: readonly CommandAnswer[];
}

/** A change of the environment that jobs get (initctl set-env, unset-env, reset-env; Upstart section 6). */
export type EnvironmentChange =
  | {
      readonly kind: 'set';
      readonly variable: string;
      /** `set-env --retain`: keeps the value of a variable that is set */ readonly retain?: boolean;
    }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'reset' };
