/** Processes the end of a job's process (Upstart section 4.1). */
import type { Job, JobProcess, Sequel } from '../model.js';
import type { ProcessName } from '../../../jobfile/job-class/job-class.js';
import type { CoreInput, State } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { describeEnding, isKnown, isListed, type EndStatus } from '../wait-status.js';
import { changeGoal } from './goal.js';
import { isEndRequested } from './state.js';
import { recordMain } from './history.js';
import { seconds } from './hook.js';
import { runningHook } from './job.js';
import { isKillingDone, onMainGone } from './killing.js';
import { proceed } from './process-start.js';
import { promisesReadiness } from './readiness.js';
import { decideRespawn } from './respawn.js';
import { advance } from './transitions.js';
import { failUnclear } from './unclear.js';
import { failJob, failWaitersForSettled } from './waiters.js';

type ProcessEnded = Extract<CoreInput, { kind: 'process-ended' }>;

/**
 * Processes the end of a hook, or of a main without successor. Ignores processes that the job does not know.
 */
export function processEnded(core: CoreState, job: Job, { process, status, wasLast }: ProcessEnded): void {
  const ended = job.processes.get(process);
  if (ended === undefined) return;
  job.processes.delete(process);
  if (wasLast === true) job.run.isEmpty = true;
  logEnding(core, job, process, ended.pid, status);
  if (process === 'main') mainEnded(core, job, ended, status);
  else hookEnded(core, job, process, ended, status);
}

/** Processes the end of all members. */
export function membersEnded(core: CoreState, job: Job): void {
  if (job.state !== 'killed' || job.killing?.members !== 'asked') return;
  job.killing.members = 'ended';
  if (isKillingDone(job)) advance(core, job);
}

function logEnding(core: CoreState, job: Job, process: ProcessName, pid: number, status: EndStatus): void {
  const asked = process === 'main' && (job.state === 'killed' || isListed(status, job.class.normalExit));
  const level = status === 0 || asked ? 'info' : 'warn';
  log(core, level, `${job.label} ${process} process (${pid}) ${describeEnding(status)}`);
}

function mainEnded(core: CoreState, job: Job, main: JobProcess, status: EndStatus): void {
  job.lastExit = { status, pid: main.pid, at: core.now, ...whyEnded(job) };
  core.timers.clear(job, 'settle');
  switch (job.state) {
    case 'killed':
      remember(core, job, main, status, job.failure === undefined ? 'stopped' : 'failed');
      onMainGone(core, job);
      if (isKillingDone(job)) advance(core, job);
      return;
    case 'spawned':
    case 'post-start':
    case 'running':
    case 'pre-stop':
      mainEndedInService(core, job, main, status);
      return;
    case 'stopping': // KILL would have been next
      remember(core, job, main, status, 'stopped');
      return;
    case 'waiting':
    case 'starting':
    case 'security':
    case 'pre-start':
    case 'post-stop':
      return;
  }
}

function remember(core: CoreState, job: Job, main: JobProcess, status: EndStatus, sequel: Sequel): void {
  recordMain(job, { pid: main.pid, since: main.since, at: core.now, status, ...whyEnded(job), sequel });
}

function whyEnded({ run: { hung } }: Job): { readonly because?: string } {
  return hung === undefined ? {} : { because: hung };
}

function mainEndedInService(core: CoreState, job: Job, main: JobProcess, status: EndStatus): void {
  if (isEndRequested(job)) {
    remember(core, job, main, status, 'stopped');
    leaveUnlessHookRuns(core, job);
    return;
  }
  if (!isFailure(job, status)) {
    remember(core, job, main, status, 'finished');
    stopNow(core, job);
    return;
  }
  const early = !job.run.ready && promisesReadiness(job.class) ? ' before it was ready' : '';
  const hung = job.run.hung === undefined ? '' : ` (${job.run.hung})`;
  const text = `main process (${main.pid}) ${describeEnding(status)}${early}${hung}`;
  if (failUnclear(core, job)) {
    remember(core, job, main, status, 'failed');
    stopNow(core, job);
  } else if (job.class.respawn === true) {
    respawn(core, job, main, status, text);
  } else {
    remember(core, job, main, status, 'failed');
    failJob(core, job, { process: 'main', status, text });
    stopNow(core, job);
  }
}

/**
 * Tests whether an end counts as failure. Status 0 is a failure in two cases: a service with respawn must run
 * always, and a service may end before it has kept its promise of readiness. An unknown status is a failure:
 * a service that ended while foster was down must run again, and a task may not have done its work.
 */
function isFailure(job: Job, status: EndStatus): boolean {
  // foster itself ended it, because something was wrong
  if (job.run.hung !== undefined) return true;
  if (isListed(status, job.class.normalExit)) return false;
  if (status !== 0) return true;
  const isService = job.class.task !== true;
  return isService && (job.class.respawn === true || (!job.run.ready && promisesReadiness(job.class)));
}

function respawn(core: CoreState, job: Job, main: JobProcess, status: EndStatus, text: string): void {
  const ranFor = core.now - (job.run.launcher?.since ?? main.since);
  const decision = decideRespawn(job.class, job.respawns, ranFor, core.now);
  job.respawns = decision.record;
  remember(core, job, main, status, decision.kind === 'too-fast' ? 'failed' : 'respawned');
  if (decision.kind === 'too-fast') {
    log(core, 'warn', `${job.label} respawning too fast, stopped`);
    failJob(core, job, { process: 'respawn', status: undefined, text: `respawning too fast: ${text}` });
    stopNow(core, job);
    return;
  }
  const pause = decision.delay === 0 ? '' : `: in ${seconds(decision.delay)}`;
  log(core, 'warn', `${job.label} main process ended, respawning${pause}`);
  job.respawnAt = decision.delay === 0 ? undefined : core.now + decision.delay;
  failWaitersForSettled(core, job, text);
  if (runningHook(job) !== undefined) {
    // the hook comes first; the goal remembers the respawn
    changeGoal(core, job, 'respawn');
    return;
  }
  // not up yet: in Upstart such a job goes on to `running` without a process (section 5e)
  if (job.state === 'spawned') job.restartPending = true;
  advance(core, job);
}

/** Changes the goal to stop and leaves the present state, unless a hook has to end first. */
function stopNow(core: CoreState, job: Job): void {
  const { state } = job;
  changeGoal(core, job, 'stop');
  if (job.state === state) leaveUnlessHookRuns(core, job);
}

function leaveUnlessHookRuns(core: CoreState, job: Job): void {
  if (runningHook(job) === undefined) advance(core, job);
}

/** The states in which each hook runs; its end in any other state changes nothing. */
const STATE_OF_HOOK = {
  security: 'security',
  'pre-start': 'pre-start',
  'post-start': 'post-start',
  'pre-stop': 'pre-stop',
  'post-stop': 'post-stop',
} as const satisfies Record<Exclude<ProcessName, 'main'>, State>;

function hookEnded(
  core: CoreState,
  job: Job,
  hook: Exclude<ProcessName, 'main'>,
  ended: JobProcess,
  status: EndStatus,
): void {
  if (job.state !== STATE_OF_HOOK[hook]) return;
  const { state } = job;
  if (status !== 0 && hookFailureCounts(job, hook)) {
    const tooLong =
      job.hookEnding === 'no' ? '' : ` after it had not ended within ${seconds(core.now - ended.since)}`;
    const text = `${hook} process (${ended.pid}) ${describeEnding(status)}${tooLong}`;
    if (!isKnown(status) && canRestartStart(job, hook)) {
      log(core, 'warn', `${job.label} ${text}, starting again`);
      job.restartPending = true;
      advance(core, job);
      return;
    }
    failJob(core, job, { process: hook, status, text });
    changeGoal(core, job, 'stop');
  }
  // goal respawn waits for the end of this hook
  if (job.goal === 'respawn') finishRespawnMark(core, job);
  else if (job.state === state) proceed(core, job);
}

/**
 * Tests whether a hook's failure counts. As in Upstart, only the statuses of pre-start and post-stop matter.
 * A hook that foster itself ended because of a stop has not failed: the stop goes on.
 */
function hookFailureCounts(job: Job, hook: ProcessName): boolean {
  const endedForStop = job.hookEnding !== 'no' && isEndRequested(job);
  return (hook === 'pre-start' || hook === 'post-stop') && !endedForStop;
}

/**
 * Tests whether to repeat a start after an unknown status: nobody knows whether pre-start has done its work.
 * A job that respawns starts again from the beginning.
 */
function canRestartStart(job: Job, hook: ProcessName): boolean {
  return hook === 'pre-start' && job.class.respawn === true && !isEndRequested(job);
}

/** Performs the respawn after the hook that outlived main. */
function finishRespawnMark(core: CoreState, job: Job): void {
  changeGoal(core, job, 'start');
  job.restartPending = true;
  advance(core, job);
}
