import type { CoreEffect } from '../core/contract.js';
import type { DescriptorAction } from '../../kernel/kernel.js';

/** The core's request to start a process of a job. */
export type LaunchRequest = Omit<Extract<CoreEffect, { kind: 'spawn' }>, 'kind'>;

export interface LaunchAdditions {
  /** `KEY=VALUE`; they override the job's own */
  readonly variables: readonly string[];
  /** names of variables for the process's own pid (WATCHDOG_PID, LISTEN_PID), which is unknown before it runs */
  readonly ownPid: readonly string[];
  readonly descriptors: readonly DescriptorAction[];
}

export const NO_ADDITIONS: LaunchAdditions = { variables: [], ownPid: [], descriptors: [] };
