/** The exit status of foster when the stop budget is over and something of an essential job is still there. Pure. */
import { constants } from 'node:os';

import type { JobView } from '../core/core.js';
import { exitCodeOf } from '../core/wait-status.js';

/** The status of a main process that KILL has ended. */
const KILLED = 128 + constants.signals.SIGKILL;

/**
 * Returns the exit status: main's as it was reaped, though others of the job have not ended, or that of the KILL which main
 * got at the end of the budget.
 * @param views the jobs that are still there
 * @param command the name of COMMAND's job, whose status alone counts then; undefined without COMMAND
 * @param status what essential jobs have said that have ended
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
