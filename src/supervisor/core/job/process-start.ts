/** Processes the result of a spawn, and what main does while it starts. */
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

/** Records that a process has been spawned. */
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

/** Counts a start for the metrics. */
function countStart(core: CoreState, { entry, history }: Job): void {
  entry.runs.starts += 1;
  const last = history.mains.at(-1);
  if (last?.sequel === 'respawned') core.restartTimes.observe((core.now - last.at) / 1000);
}

/** Marks the job as ready, as its `expect` or `ready` demands. */
function becomeReady(core: CoreState, job: Job): void {
  job.run.ready = true;
  if (job.state === 'spawned') advance(core, job);
}

/**
 * Sets the timer after which the run counts as settled if nothing happens before. Must also be called when a
 * command starts waiting for that.
 */
function awaitSettling(core: CoreState, job: Job): void {
  const main = job.processes.get('main');
  if (main === undefined || job.run.settled) return;
  const { handedOff, programSince } = job.run;
  if (handedOff) core.timers.set(job, 'settle', main.since + HAND_OFF_SETTLES_AFTER);
  else core.timers.set(job, 'settle', Math.max(main.since, programSince ?? 0) + FOREGROUND_AFTER);
}

/**
 * Restarts the settle time after the launcher has exec'd another program. On a busy machine a chain of
 * wrappers is slow, and its last program still gets its full second.
 */
export function onExec(core: CoreState, job: Job, pid: number): void {
  if (job.processes.get('main')?.pid !== pid || job.run.handedOff) return;
  job.run.programSince = core.now;
  if (core.timers.dueAt(job, 'settle') !== undefined) awaitSettling(core, job);
}

/** Settles the run after nothing has changed for long enough. */
export function onRunSettled(core: CoreState, job: Job): void {
  const rule = readinessRule(job.class);
  const ready = job.run.ready || rule === 'auto' || (rule === 'hand-off' && job.run.handedOff);
  // a launcher that has merely stayed up has not kept the promise of its class
  if (ready) settle(core, job);
}

function settle(core: CoreState, job: Job): void {
  job.run.settled = true;
  core.timers.clear(job, 'settle');
  if (job.state === 'spawned' && !isEndRequested(job)) becomeReady(core, job);
  else if (job.state === 'running' && job.class.task !== true) satisfyRunning(core, job);
}

/** Records a hand-off of main to another process. */
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

/** Marks the job as ready after the runtime has seen the sign of readiness that the class names. */
export function onReady(core: CoreState, job: Job): void {
  if (readinessRule(job.class) === 'notice' && job.state === 'spawned' && !isEndRequested(job))
    settle(core, job);
}

/**
 * Continues a main that has stopped itself. That is `expect stop`; some daemons do so whenever they see
 * UPSTART_JOB (collectd), to report that they are ready, and wait for SIGCONT. A later stop comes from
 * somebody else, and is left alone.
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

/** Processes the end of `start timeout`. */
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
 * Returns when a process that took over at the last moment will have settled: foster may have learned of it
 * late. A chain of hand-offs may take twice the start timeout.
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

/** Processes a failed spawn. */
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
  // like their exit statuses, a failed spawn of these hooks is ignored: the program of `apparmor load` is
  // missing on every machine without AppArmor
  if (job.state === state) proceed(core, job);
}

function mayTryAgain(job: Job): boolean {
  return job.class.respawn === true && !isEndRequested(job);
}

/**
 * Retries later. Without this, a container at its pids limit would lose every service that dies meanwhile.
 * The respawn limit is for programs that fail.
 */
function retryAfterShortage(core: CoreState, job: Job): void {
  const delay = delayAfterShortage(job.shortages);
  job.shortages += 1;
  job.respawnAt = core.now + delay;
  log(core, 'warn', `${job.label} is started again in ${seconds(delay)}`);
  job.restartPending = true;
  advance(core, job);
}

/** Leaves the present state after its process has ended or could not be started. */
export function proceed(core: CoreState, job: Job): void {
  if (job.state === 'post-stop') leavePostStop(core, job);
  else advance(core, job);
}
