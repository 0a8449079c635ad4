/**
 * Shared by both ends of the control socket: limits, and the bodies of requests and replies
 * (docs/control.md).
 */
import type { CommandAnswer, EnvironmentChange } from '../supervisor/api/requests.js';
import type { WaitFor } from '../supervisor/core/contract.js';
import type { LogPriority } from '../supervisor/init-options.js';
import type { ErrorBody } from './errors.js';

/**
 * Maximum request body. A command with a full environment is far smaller; more would only cost the supervisor
 * memory.
 */
export const BODY_BYTES = 64 * 1024;

/**
 * Body of POST /v1/jobs/NAME/start, stop, restart, reload, reset-failed and scale. Every field is optional.
 */
export interface CommandBody {
  readonly env?: readonly string[];
  readonly instance?: string;
  /** of `scale` */
  readonly count?: number;
  /** default `settled` */
  readonly wait?: WaitFor;
  /** default `foster` */
  readonly dialect?: 'foster' | 'upstart';
  readonly fresh?: boolean;
  readonly force?: boolean;
  /** milliseconds for which main is watched after a success */
  readonly watch?: number;
  /** milliseconds */
  readonly timeout?: number;
}

/** Body of POST /v1/events. */
export interface EmitBody {
  readonly event: string;
  readonly env?: readonly string[];
  /** default true */
  readonly wait?: boolean;
}

/** Body of POST /v1/environment. */
export interface EnvironmentBody {
  readonly change: EnvironmentChange;
  readonly job?: string;
  readonly instance?: string;
}

export interface LogPriorityBody {
  readonly priority: LogPriority;
}

export interface VersionAnswer {
  readonly version: string;
  readonly pid: number;
  readonly since: string;
}

/** Reply of GET /v1/health. `live`: the supervisor answers; `ready`: everything that should run does. */
export interface HealthAnswer {
  readonly live: true;
  readonly ready: boolean;
  /** jobs that are not ready, each with the reason */
  readonly unready: readonly { readonly job: string; readonly reason: string }[];
}

/** A failed command: the error, and everything that a person wants to see with it. */
export type CommandErrorBody = ErrorBody & { readonly answer: CommandAnswer };
