/** Changing what a job is to become (Upstart section 4). */
import type { Cause, Job } from '../model.js';
import type { Goal } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { isHeldByRequirements, setBlockingEventTimeout } from './blocking-event.js';
import { setHookTimeout } from './hook.js';
import { recordStart, recordStop } from './history.js';
import { runningHook } from './job.js';
import { advance } from './transitions.js';

/**
 * Changes the goal. Mostly that redirects the job at its next transition; it acts at once where the job would otherwise
 * stay where it is: in waiting, in running, and (unlike Upstart, whose jobs hang there, section 5a) in spawned and in the
 * back-off before a respawn.
 * @param cause who or what wants it; none where it follows from what the job does itself
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
      // Nothing runs in post-stop but its hook: without one, the job waits out its back-off.
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
