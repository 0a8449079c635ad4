/** Changes the goal of a job (Upstart section 4). */
import type { Cause, Job } from '../model.js';
import type { Goal } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { isHeldByRequirements, setBlockingEventTimeout } from './blocking-event.js';
import { setHookTimeout } from './hook.js';
import { recordStart, recordStop } from './history.js';
import { runningHook } from './job.js';
import { advance } from './transitions.js';

/**
 * Changes the goal. Usually this redirects the job at its next transition. It acts at once if the job would
 * otherwise stay in its state: in waiting, in running, and, unlike in Upstart (whose jobs hang there, section
 * 5a), in spawned and in backoff.
 * @param cause who or what requested it; undefined if it follows from the job's own behaviour
 */
export function changeGoal(core: CoreState, job: Job, goal: Goal, cause?: Cause): void {
  if (job.goal === goal) return;
  if (goal === 'stop') recordStop(job, core.now, cause);
  else if (cause !== undefined) recordStart(job, core.now, cause);
  log(core, 'info', `${job.label} goal changed from ${job.goal} to ${goal}`);
  job.goal = goal;
  job.goalSince = core.now;
  if (goal !== 'start') job.restartPending = false;
  if (goal === 'stop') core.timers.clear(job, 'respawn');
  if (actsAtOnce(job) || isHeldByRequirements(core, job)) {
    advance(core, job);
    return;
  }
  core.effects.push({ kind: 'job-changed', job: job.ref, from: job.state, to: job.state, goal });
  setHookTimeout(core, job);
  setBlockingEventTimeout(core, job);
}

function actsAtOnce(job: Job): boolean {
  switch (job.state) {
    case 'waiting':
      return job.goal === 'start';
    case 'running':
      return job.goal === 'stop';
    case 'spawned':
      return job.goal === 'stop' && job.spawning === undefined;
    case 'post-stop':
      // post-stop runs nothing but its hook: without a running hook, the job is in backoff
      return job.goal === 'stop' && runningHook(job) === undefined;
    case 'starting':
    case 'security':
    case 'pre-start':
    case 'post-start':
    case 'pre-stop':
    case 'stopping':
    case 'killed':
      return false;
  }
}
