/** Enters each state of a job (Upstart section 4). */
import { runRecord, type Job } from '../model.js';
import { removeJob } from '../classes.js';
import type { State } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { createOperator, reset } from '../events/operator.js';
import { releaseEvents } from '../events/queue.js';
import { forgetBlockingEvent, setBlockingEventTimeout } from './blocking-event.js';
import { emitBlockingEvent, emitJobEvent } from './job-event.js';
import { startKilling, isKillingDone } from './killing.js';
import { killTimeout } from './timeouts.js';
import { processEnvironment } from './process-environment.js';
import { nextStateOf } from './state.js';
import { satisfyRunning, satisfyWaiters } from './waiters.js';
import { startWatchdog } from './watchdog.js';
import { describeEnding, exitedWith, type EndStatus } from '../wait-status.js';
import type { ProcessName } from '../../../jobfile/job-class/values.js';

/**
 * The status that a shell returns for a program that it cannot run: used for an essential job that never had
 * a main.
 */
const CANNOT_RUN = exitedWith(127);

/**
 * Whether the job stays in the state just entered, waiting for an answer, an exit or an event, or passes
 * through: it leaves a state at once if the job file does not define its process.
 */
type Entered = 'stays' | 'passes';

const ON_ENTRY = {
  waiting: enterWaiting,
  starting: enterStarting,
  security: (core, job) => runHook(core, job, 'security'),
  'pre-start': (core, job) => runHook(core, job, 'pre-start'),
  spawned: enterSpawned,
  'post-start': (core, job) => runHook(core, job, 'post-start'),
  running: enterRunning,
  'pre-stop': (core, job) => runHook(core, job, 'pre-stop'),
  stopping: enterStopping,
  killed: enterKilled,
  'post-stop': enterPostStop,
} as const satisfies Record<State, (core: CoreState, job: Job, from: State) => Entered>;

/** Leaves the present state for the next, and goes on until the job has to wait. */
export function advance(core: CoreState, job: Job): void {
  leave(core, job);
  let entered: Entered;
  do {
    const from = job.state;
    const to = nextStateOf(job);
    log(core, 'info', `${job.label} state changed from ${from} to ${to}`);
    job.state = to;
    job.since = core.now;
    core.effects.push({ kind: 'job-changed', job: job.ref, from, to, goal: job.goal });
    entered = ON_ENTRY[to](core, job, from);
  } while (entered === 'passes');
}

/** Clears everything that the present state waited for. */
function leave(core: CoreState, job: Job): void {
  forgetBlockingEvent(core, job);
  core.timers.clear(job, 'hook');
  core.timers.clear(job, 'start');
  core.timers.clear(job, 'kill');
  core.timers.clear(job, 'respawn');
  core.timers.clear(job, 'watchdog');
  job.hookEnding = 'no';
}

function enterStarting(core: CoreState, job: Job): Entered {
  if (job.reloadOnRestart) applyActiveClass(core, job);
  if (job.startEnv !== undefined) job.env = job.startEnv;
  job.startEnv = undefined;
  job.stopEnv = [];
  job.failure = undefined;
  job.killing = undefined;
  job.restartPending = false;
  job.respawnAt = undefined;
  job.run = runRecord.create({});
  job.blockingEvent = emitBlockingEvent(core, job, 'starting');
  setBlockingEventTimeout(core, job);
  return 'stays';
}

/** Switches to the present class (`restart --reload`). */
function applyActiveClass(core: CoreState, job: Job): void {
  job.reloadOnRestart = false;
  job.class = job.entry.active;
  if (job.stopOn !== undefined) releaseEvents(core, reset(job.stopOn));
  job.stopOn = job.class.stopOn === undefined ? undefined : createOperator(job.class.stopOn);
  core.classes.forgetListeners();
}

function enterSpawned(core: CoreState, job: Job): Entered {
  if (job.class.processes.main !== undefined) {
    spawn(core, job, 'main');
    return 'stays';
  }
  job.run.ready = true;
  job.run.settled = true;
  return 'passes';
}

function enterRunning(core: CoreState, job: Job, from: State): Entered {
  startWatchdog(core, job);
  if (from === 'pre-stop') {
    // the stop was cancelled: no new run has begun, so there is no event
    job.stopEnv = [];
    satisfyWaiters(core, job);
    return 'stays';
  }
  emitJobEvent(core, job, 'started');
  if (job.class.task !== true) satisfyRunning(core, job);
  return 'stays';
}

function enterStopping(core: CoreState, job: Job): Entered {
  core.timers.clear(job, 'settle');
  job.blockingEvent = emitBlockingEvent(core, job, 'stopping');
  setBlockingEventTimeout(core, job);
  return 'stays';
}

function enterKilled(core: CoreState, job: Job): Entered {
  startKilling(core, job);
  return isKillingDone(job) ? 'passes' : 'stays';
}

function enterPostStop(core: CoreState, job: Job): Entered {
  return runHook(core, job, 'post-stop') === 'stays' || waitsForRespawn(core, job) ? 'stays' : 'passes';
}

/** Leaves post-stop after its hook; a job with a respawn backoff waits here until that is over. */
export function leavePostStop(core: CoreState, job: Job): void {
  if (!waitsForRespawn(core, job)) advance(core, job);
}

function waitsForRespawn(core: CoreState, job: Job): boolean {
  if (job.goal === 'stop' || job.respawnAt === undefined || job.respawnAt <= core.now) return false;
  core.timers.clear(job, 'hook');
  core.timers.set(job, 'respawn', job.respawnAt);
  return true;
}

function enterWaiting(core: CoreState, job: Job): Entered {
  emitJobEvent(core, job, 'stopped');
  satisfyWaiters(core, job, unrequestedEnd(job) ?? forcedEndText(job));
  if (job.class.essential === true) {
    core.effects.push({ kind: 'essential-ended', job: job.ref, status: statusOf(job) });
  }
  removeJob(core, job);
  return 'stays';
}

/** Describes how main ended, if its end was not requested. */
function unrequestedEnd(job: Job): string | undefined {
  const { lastExit } = job;
  if (lastExit === undefined || wasStopRequested(job)) return undefined;
  return `main process (${lastExit.pid}) ${describeEnding(lastExit.status)}`;
}

/** Tests whether a stop ended main. A stop during the start ends the run as a failed start. */
function wasStopRequested({ killing, history }: Job): boolean {
  const isStopped = history.mains.at(-1)?.sequel === 'stopped';
  return killing?.reason === 'stop' || (killing?.reason === 'failed-start' && isStopped);
}

/**
 * Describes a forced end: a program that does not end on its kill signal may lose data, and the user who stops it
 * should know.
 */
function forcedEndText(job: Job): string | undefined {
  const { killing, class: own } = job;
  if (killing?.forced !== true || !wasStopRequested(job) || killTimeout(own) === 0) return undefined;
  const signal = own.killSignal;
  return `KILL was needed: main did not end within ${killTimeout(own) / 1000} s of ${signal} (kill timeout)`;
}

function statusOf({ failure, lastExit }: Job): EndStatus {
  return failure?.status ?? lastExit?.status ?? (failure === undefined ? 0 : CANNOT_RUN);
}

function runHook(core: CoreState, job: Job, hook: ProcessName): Entered {
  if (job.class.processes[hook] === undefined) return 'passes';
  spawn(core, job, hook);
  return 'stays';
}

/** Requests a process from the runtime, which answers with `spawned` or `spawn-failed`. */
export function spawn(core: CoreState, job: Job, process: ProcessName): void {
  job.spawning = process;
  const env = processEnvironment(core.options, job, process);
  core.events.spawnedThisTurn += 1;
  core.effects.push({ kind: 'spawn', job: job.ref, class: job.class, process, env });
}
