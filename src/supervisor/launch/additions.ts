/** What a process is given beside what its job file says, so that it can speak to the supervisor (sd_notify(3), a pipe). */
import type { DescriptorAction } from '../../kernel/kernel.js';

export interface LaunchAdditions {
  /** `KEY=VALUE`; they replace what the job itself has set */
  readonly variables: readonly string[];
  /** variables that are to hold the process's own pid (WATCHDOG_PID, LISTEN_PID), which nobody knows before it runs */
  readonly ownPid: readonly string[];
  readonly descriptors: readonly DescriptorAction[];
}

export const NO_ADDITIONS: LaunchAdditions = { variables: [], ownPid: [], descriptors: [] };
