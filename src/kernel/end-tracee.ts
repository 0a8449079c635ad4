import { readdirSync } from 'node:fs';
import { constants } from 'node:os';

import { fromNodeError, nodeErrorCode } from './errno.js';
import type { WaitStatus } from './kernel.js';
import { kill } from './kill.js';
import { reapNow } from './wait.js';
import { waitOutShortage } from './shortage.js';

/**
 * Ends a child that this thread traces, and reaps it, waiting for as long as its end takes. The threads that it has made
 * meanwhile are traced as well: until each of them has been waited for, the process itself cannot be (ptrace(2)).
 * @returns its status, or undefined when it is no child of ours
 */
export function endTracee(pid: number): WaitStatus | undefined {
  kill(pid, constants.signals.SIGKILL);
  for (const thread of threadsOf(pid)) if (thread !== pid) reapNow(thread);
  return reapNow(pid);
}

function threadsOf(pid: number): readonly number[] {
  try {
    return waitOutShortage(() => readdirSync(`/proc/${pid}/task`)).map(Number);
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw fromNodeError(error, `list the threads of process ${pid}`);
  }
}
