/** The time that a whole shutdown may take, and the exit status of foster if it is used up. */
import type { Milliseconds } from '../core/contract.js';
import { constants } from 'node:os';
import type { JobView } from '../core/core.js';
import { exitCodeOf } from '../core/wait-status.js';

export class StopBudget {
  #end: Milliseconds;

  /** @param end when it ends, on the clock of `now` */
  constructor(
    private readonly now: () => Milliseconds,
    end: Milliseconds,
  ) {
    this.#end = end;
  }

  /** Returns when the budget ends. */
  get end(): Milliseconds {
    return this.#end;
  }

  get left(): Milliseconds {
    return Math.max(0, this.#end - this.now());
  }

  /** Reduces the remaining time. */
  cut(left: Milliseconds): void {
    this.#end = Math.min(this.#end, this.now() + left);
  }
}

/** The exit status for a main process that was killed by KILL. */
const KILLED = 128 + constants.signals.SIGKILL;

/**
 * Returns the exit status of foster if the budget is used up and an essential job has not ended completely: that of main if it was reaped, even if other processes of the job are alive; otherwise
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
