import type { CoreEffect } from '../core/contract.js';
import type { DescriptorAction } from '../../kernel/kernel.js';

/** The core's wish to start a process of a job. */
export type LaunchRequest = Omit<Extract<CoreEffect, { kind: 'spawn' }>, 'kind'>;

export interface LaunchAdditions {
  /** `KEY=VALUE`; they replace what the job itself has set */
  readonly variables: readonly string[];
  /** variables that are to hold the process's own pid (WATCHDOG_PID, LISTEN_PID), which nobody knows before it runs */
  readonly ownPid: readonly string[];
  readonly descriptors: readonly DescriptorAction[];
}

export const NO_ADDITIONS: LaunchAdditions = { variables: [], ownPid: [], descriptors: [] };
