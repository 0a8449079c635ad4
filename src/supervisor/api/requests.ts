/** Requests for the supervisor, and its answers. */
import type { CommandInput, CommandOutcome } from '../core/contract.js';
import type { JobStatus } from './job-status.js';

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

/** What the core gets as an input, and how long the client waits. */
export interface CommandRequest extends Omit<Extract<CommandInput, { kind: 'command' }>, 'kind' | 'id'> {
  /** milliseconds for which to watch main after a success; if it ends within them, the command has failed */
  readonly watch?: number;
  /** milliseconds after which the answer is `timed-out`; the command itself is still carried out */
  readonly timeout?: number;
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
      /** `set-env --retain`: keeps the value of a variable that is set */
      readonly retain?: boolean;
    }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'reset' };
