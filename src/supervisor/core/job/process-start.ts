/** What follows from the answer to a spawn, and from what main does on its way up. */
import type { ProcessName } from '../../../jobfile/job-class/job-class.js';
import type { CoreInput, Milliseconds } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { changeGoal } from './goal.js';
import { isEndRequested } from './state.js';
import { setHookTimeout, seconds } from './hook.js';
import type { Job } from '../model.js';
import { killSuccessor } from './killing.js';
import { HAND_OFF_SETTLES_AFTER, FOREGROUND_AFTER, readinessRule } from './readiness.js';
import { delayAfterShortage } from './respawn.js';
import { startTimeout } from './timeouts.js';
import { advance, leavePostStop } from './transitions.js';
import { failJob, hasWaiterForSettled, satisfyRunning } from './waiters.js';

type SpawnFailed = Extract<CoreInput, { kind: 'spawn-failed' }>;
type Spawned = Extract<CoreInput, { kind: 'spawned' }>;

/** The runtime has started a process. */
export function processSpawned(core: CoreState, job: Job, { process, pid, handedOff }: Spawned): void {
  if (job.spawning !== process) return;
  job.spawning = undefined;
  job.processes.set(process, { pid, since: core.now });
  log(core, 'info', `${job.label} ${process} process (${pid})`);
  if (process === 'main') mainSpawned(core, job, pid, handedOff === true);
  else setHookTimeout(core, job);
}

function mainSpawned(core: CoreState, job: Job, pid: number, handedOff: boolean): void {
  countStart(core, job);
  job.run.launcher = { pid, since: core.now };
  job.run.handedOff = handedOff;
  job.shortages = 0;
  const rule = readinessRule(job.class);
  if (isEndRequested(job)) {
    advance(core, job);
    return;
  }
  if (rule === 'auto' || handedOff || hasWaiterForSettled(job)) awaitSettling(core, job);
  if (rule === 'exec') {
    becomeReady(core, job);
    return;
  }
  core.timers.set(job, 'start', core.now + startTimeout(job.class));
}

/** For metrics. */
function countStart(core: CoreState, { entry, history }: Job): void {
  entry.runs.starts += 1;
  const last = history.mains.at(-1);
  if (last?.sequel === 'respawned') core.restartTimes.observe((core.now - last.at) / 1000);
}

/** The job is what its `expect` or `ready` promise. */
function becomeReady(core: CoreState, job: Job): void {
  job.run.ready = true;
  if (job.state === 'spawned') advance(core, job);
}

/**
 * Sets the timer by which the run will be taken for settled, unless something happens before. To be called when somebody
 * has begun to wait for it, too.
 */
export function awaitSettling(core: CoreState, job: Job): void {
  const main = job.processes.get('main');
  if (main === undefined || job.run.settled) return;
  const { handedOff, programSince } = job.run;
  if (handedOff) core.timers.set(job, 'settle', main.since + HAND_OFF_SETTLES_AFTER);
  else core.timers.set(job, 'settle', Math.max(main.since, programSince ?? 0) + FOREGROUND_AFTER);
}

/**
 * The launcher has become another program. On a busy machine a chain of wrappers takes its time, and what it leads to has
 * its second all the same.
 */
export function onExec(core: CoreState, job: Job, pid: number): void {
  if (job.processes.get('main')?.pid !== pid || job.run.handedOff) return;
  job.run.programSince = core.now;
  if (core.timers.dueAt(job, 'settle') !== undefined) awaitSettling(core, job);
}

/** Nothing has changed for long enough. */
export function onRunSettled(core: CoreState, job: Job): void {
  const rule = readinessRule(job.class);
  const ready = job.run.ready || rule === 'auto' || (rule === 'hand-off' && job.run.handedOff);
  // A launcher that has merely stayed up has not kept the promise of its class.
  if (ready) settle(core, job);
}

function settle(core: CoreState, job: Job): void {
  job.run.settled = true;
  core.timers.clear(job, 'settle');
  if (job.state === 'spawned' && !isEndRequested(job)) becomeReady(core, job);
  else if (job.state === 'running' && job.class.task !== true) satisfyRunning(core, job);
}

/** Main has handed over to another process. */
export function mainChanged(core: CoreState, job: Job, from: number, pid: number): void {
  const main = job.processes.get('main');
  if (main === undefined || main.pid === pid) return;
  log(core, 'info', `${job.label} main process (${from}) became new process (${pid})`);
  job.processes.set('main', { pid, since: core.now });
  job.run.handedOff = true;
  core.effects.push({ kind: 'job-changed', job: job.ref, from: job.state, to: job.state, goal: job.goal });
  if (job.state === 'killed') killSuccessor(core, job);
  else if (job.state === 'spawned' || core.timers.dueAt(job, 'settle') !== undefined)
    awaitSettling(core, job);
}

/** The runtime has seen the sign of readiness that the class names. */
export function onReady(core: CoreState, job: Job): void {
  if (readinessRule(job.class) === 'notice' && job.state === 'spawned' && !isEndRequested(job))
    settle(core, job);
}

/**
 * Main has stopped itself. That is `expect stop`; and some daemons do so whenever they see UPSTART_JOB (collectd): they
 * mean that they are ready, and wait to be continued. Later it is somebody else's doing, and stays as it is.
 */
export function processStopped(core: CoreState, job: Job, process: ProcessName): void {
  const { launcher } = job.run;
  if (process !== 'main' || launcher === undefined || job.run.continued) return;
  if (core.now - launcher.since > startTimeout(job.class)) return;
  job.run.continued = true;
  core.effects.push({ kind: 'continue', job: job.ref, process });
  const rule = readinessRule(job.class);
  if ((rule === 'stop' || rule === 'auto') && job.state === 'spawned' && !isEndRequested(job))
    settle(core, job);
}

/** `start timeout` is over. */
export function startTimedOut(core: CoreState, job: Job): void {
  if (job.state !== 'spawned') return;
  const settled = remainingSettleTime(core, job);
  if (settled !== undefined) {
    core.timers.set(job, 'start', settled + 1);
    return;
  }
  const waited = seconds(core.now - job.since);
  const text = `${awaited(job)} within ${waited}`;
  log(core, 'error', `${job.label} ${text}, giving up`);
  failJob(core, job, { process: 'main', status: undefined, text });
  changeGoal(core, job, 'stop');
}

/**
 * When it will be known that the process lives which has taken over at the last moment: foster may have learned of it late. A
 * chain of processes that take over from one another has twice its time.
 */
function remainingSettleTime(core: CoreState, job: Job): Milliseconds | undefined {
  const due = core.timers.dueAt(job, 'settle');
  const { handedOff, launcher } = job.run;
  if (due === undefined || launcher === undefined || !handedOff) return undefined;
  return core.now - launcher.since < 2 * startTimeout(job.class) ? due : undefined;
}

function awaited(job: Job): string {
  const pid = job.processes.get('main')?.pid ?? 0;
  const rule = readinessRule(job.class);
  const deed =
    rule === 'hand-off'
      ? 'has not put itself in the background'
      : rule === 'stop'
        ? 'has not stopped itself'
        : 'was not ready';
  return `main process (${pid}) ${deed}`;
}

/** The runtime could not start a process. */
export function spawnFailed(
  core: CoreState,
  job: Job,
  { process, reason, hint, transient }: SpawnFailed,
): void {
  if (job.spawning !== process) return;
  job.spawning = undefined;
  log(core, 'warn', `Failed to spawn ${job.label} ${process} process: ${reason}`);
  const { state } = job;
  if (process === 'main' || process === 'pre-start' || process === 'post-stop') {
    const text = `failed to spawn ${process} process: ${reason}${hint === undefined ? '' : ` (${hint})`}`;
    failJob(core, job, { process, status: undefined, text });
    if (transient && process !== 'post-stop' && mayTryAgain(job)) return retryAfterShortage(core, job);
    changeGoal(core, job, 'stop');
  }
  // Like their exit statuses, these hooks' absence is no reason to give up: the program of `apparmor load` is missing
  // on every machine without AppArmor.
  if (job.state === state) proceed(core, job);
}

function mayTryAgain(job: Job): boolean {
  return job.class.respawn === true && !isEndRequested(job);
}

/** A container at its pids limit would lose every service that dies meanwhile. The respawn limit is for programs that fail. */
function retryAfterShortage(core: CoreState, job: Job): void {
  const delay = delayAfterShortage(job.shortages);
  job.shortages += 1;
  job.respawnAt = core.now + delay;
  log(core, 'warn', `${job.label} is started again in ${seconds(delay)}`);
  job.restartPending = true;
  advance(core, job);
}

/** The process of the present state is done with, one way or the other. */
export function proceed(core: CoreState, job: Job): void {
  if (job.state === 'post-stop') leavePostStop(core, job);
  else advance(core, job);
}
