/** The exit status of foster if the stop budget is used up and an essential job has not ended completely. Pure. */
import { constants } from 'node:os';

import type { JobView } from '../core/core.js';
import { exitCodeOf } from '../core/wait-status.js';

/** The exit status for a main process that was killed by KILL. */
const KILLED = 128 + constants.signals.SIGKILL;

/**
 * Returns the exit status: that of main if it was reaped, even if other processes of the job are alive; otherwise
 * that of the KILL that main got at the end of the budget.
 * @param views the remaining jobs
 * @param command the name of COMMAND's job, whose status alone counts; undefined without COMMAND
 * @param status the exit status so far, from essential jobs that have ended
 */
export function statusAfterBudget(
  views: readonly Pick<JobView, 'ref' | 'class' | 'processes' | 'lastExit'>[],
  command: string | undefined,
  status: number,
): number {
  let found = status;
  for (const { ref, class: jobClass, processes, lastExit } of views) {
    const counts = command === undefined ? found === 0 && jobClass.essential === true : ref.name === command;
    if (!counts) continue;
    if (processes.some(({ process }) => process === 'main')) found = KILLED;
    else if (lastExit !== undefined) found = exitCodeOf(lastExit.status);
  }
  return found;
}
