/** What a job is doing about its goal. */
import type { Goal, State } from '../contract.js';
import type { Job } from '../model.js';
import { isBeforeItsEnd, nextState } from './state.js';

/**
 * The goal of the present run. It is to stop, although the job is to start, when the run has to make room for the next
 * one: in a restart, and after a death before the job was up.
 */
function goalOfRun(job: Job): Goal {
  return job.restartPending && isBeforeItsEnd(job.state) ? 'stop' : job.goal;
}

/** Whether the end of main is what somebody asked for. */
export function isEnding(job: Job): boolean {
  return goalOfRun(job) === 'stop';
}

export function nextStateOf(job: Job): State {
  return nextState(job.state, goalOfRun(job), job.processes.has('main'));
}
