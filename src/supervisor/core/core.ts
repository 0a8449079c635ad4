/**
 * The pure core of the supervisor: job classes, jobs, events and commands (DESIGN section 5). contract.ts
 * lists its inputs and outputs.
 *
 *      step ── input ──▶ job ──▶ state changes at once; events are queued
 *                │
 *                ▼
 *           drain events: offer each to all jobs, finish those without holders, until none is left
 *                │
 *                ▼
 *           answer commands that do not wait; report changed timers to the runtime
 */
import { ClassRegistry } from './class-registry.js';
import type { CoreOptions, Job } from './model.js';
import { changeClass } from './classes.js';
import { answerWithoutWaiting, dropCommand, runCommand, runEmit } from './commands.js';
import type {
  CommandOutcome,
  CoreEffect,
  CoreInput,
  JobRef,
  Milliseconds,
  PendingEvent,
} from './contract.js';
import type { CoreState } from './core-state.js';
import { noRestartTimes, type CoreCounts } from './counts.js';
import { toAssignments } from './environment.js';
import { drainEvents } from './events/dispatch.js';
import { endPause, isPauseOver } from './events/pause.js';
import { jobKey } from '../../tracker/job-key.js';
import { membersEnded, processEnded } from './job/process-end.js';
import {
  mainChanged,
  processSpawned,
  processStopped,
  onExec,
  onReady,
  spawnFailed,
} from './job/process-start.js';
import { extendTimeout, timerFired } from './job/timer-fired.js';
import { unhealthy, setWatchdogInterval, onWatchdogKeepalive } from './job/watchdog.js';
import { processesUnclear } from './job/unclear.js';
import { Holders } from './status/holders.js';
import { pendingWaits, type PendingWait } from './status/pending.js';
import {
  findJob,
  jobView,
  jobViews,
  type ClassView,
  type JobView,
  classViews,
  namedClass,
} from './status/view.js';
import type { JsonObject } from '../../codec/containers.js';
import { decodeState, restoreState } from './snapshot/restore.js';
import { saveState } from './snapshot/save.js';
import { latchesSnapshot, restoreLatches, saveLatches } from './snapshot/saved-latches.js';
import type { CoreSnapshot } from './snapshot/state-codec.js';
import { TimerTable } from './timers.js';

export interface Core {
  /**
   * Processes one input.
   *
   * @param now the clock of all times in and out; it never goes backwards
   * @returns the effects to carry out, in order. Inputs that follow from an effect are given in further
   * calls, never inside this one.
   */
  step(input: CoreInput, now: Milliseconds): CoreEffect[];
  /** Called when the event loop has turned since a process was requested. */
  loopTurned(): void;
  /** Returns all jobs that are not in `waiting`. `now` is needed for remaining times: `at most 4 s`. */
  jobs(now: Milliseconds): readonly JobView[];
  job(ref: JobRef, now: Milliseconds): JobView | undefined;
  /** Returns all classes, with and without jobs. */
  classes(): readonly ClassView[];
  /**
   * Returns one class. A caller that asks after each change of a job uses this: a machine has hundreds of
   * classes.
   */
  class(name: string): ClassView | undefined;
  /** Returns the subject of `status NAME KEY=VALUE...`: a job, a class without one, or Upstart's error. */
  find(
    name: string,
    env: readonly string[],
    now: Milliseconds,
    /** names an existing instance directly instead of by `env` */
    instance?: string,
  ): JobView | ClassView | Extract<CommandOutcome, { ok: false }>;
  /** Returns the environment of the job's next process, as `KEY=VALUE`; undefined if there is no such job. */
  environment(ref: JobRef): readonly string[] | undefined;
  /** Sets (`KEY=VALUE`) or removes (`KEY`) a variable of the job. Returns false if there is no such job. */
  changeEnvironment(ref: JobRef, change: string): boolean;
  /** Returns processes that may belong to these jobs; after a crash nothing proves it. */
  unclear(): readonly { readonly job: JobRef; readonly pids: readonly number[] }[];
  /** Returns the run counters since this program began. */
  counts(): CoreCounts;
  /** Describes what events and jobs wait for. */
  pending(now: Milliseconds): readonly PendingWait[];
  /** Returns the whole state, or that of one job, as plain JSON. */
  save(now: Milliseconds, only?: JobRef): JsonObject;
  /**
   * Reads saved state, and changes nothing. Classes must be loaded before; a job without its class is treated
   * like one whose class was deleted.
   *
   * @param saved what `save` returned, perhaps in another process
   * @param elapsed how long ago that was
   * @throws DecodeError if it is not what `save` returns
   */
  decode(saved: unknown, now: Milliseconds, elapsed?: Milliseconds): CoreSnapshot;
  /** Returns the events that are not offered to the jobs yet, in order: only in a pause there are any. */
  pendingEvents(): readonly PendingEvent[];
  /**
   * Returns what expressions hold and what is not handled yet, for a supervisor after a crash; undefined if that is
   * nothing.
   *
   * @param handled events that count as not handled
   */
  latches(handled?: readonly PendingEvent[]): JsonObject | undefined;
  /**
   * Takes it back, when the jobs are back.
   * @throws DecodeError where it is not what `latches` returns
   */
  restoreLatches(saved: unknown, now: Milliseconds): CoreEffect[];
  /**
   * Restores saved jobs.
   *
   * @param snapshot what `decode` has just returned
   * @returns effects to carry out: timers, and requests that were open
   */
  restore(snapshot: CoreSnapshot, now: Milliseconds): CoreEffect[];
}

export type { CoreOptions } from './model.js';
export type { JobView, ClassView, IdleJob } from './status/view.js';
export type { PendingWait } from './status/pending.js';
export type { CoreSnapshot } from './snapshot/state-codec.js';

export function createCore(options: CoreOptions): Core {
  const core = newState(options);
  return {
    step: (input, now) =>
      during(core, now, () => {
        if (!isAnswer(input)) endPause(core, isPauseOver(input));
        accept(core, input);
      }),
    loopTurned: () => void (core.events.spawnedThisTurn = 0),
    jobs: (now) => jobViews(core, now),
    job: (ref, now) => jobView(core, ref, now),
    classes: () => classViews(core),
    class: (name) => namedClass(core, name),
    find: (name, env, now, instance) => findJob(core, name, env, now, instance),
    environment: (ref) => {
      const job = core.jobs.get(jobKey(ref));
      return job && toAssignments(job.env);
    },
    changeEnvironment: (ref, change) => changeEnvironment(core, ref, change),
    unclear: () => [...core.unclear.values()],
    counts: () => ({
      runs: new Map(Array.from(core.classes.all(), ({ name, runs }) => [name, runs])),
      restartTimes: core.restartTimes.view(),
    }),
    pending: (now) => pendingWaits(core, now),
    save: (now, only) => saveState(core, now, only),
    decode: (saved, now, elapsed = 0) => decodeState(core, saved, now, elapsed),
    pendingEvents: () => core.events.pending.map(({ id, name, env }) => ({ id, name, env })),
    latches: (handled = []) => saveLatches(core, handled),
    restoreLatches: (saved, now) => {
      const latches = latchesSnapshot.read(saved, undefined);
      return during(core, now, () => restoreLatches(core, latches));
    },
    restore: (snapshot, now) => during(core, now, () => restoreState(core, snapshot)),
  };
}

function newState(options: CoreOptions): CoreState {
  return {
    options,
    classes: new ClassRegistry(),
    jobs: new Map(),
    events: {
      living: new Map(),
      pending: [],
      released: [],
      nextId: 1,
      handledSincePause: 0,
      spawnedThisTurn: 0,
      pausing: undefined,
    },
    timers: new TimerTable(),
    unclear: new Map(),
    restartTimes: noRestartTimes(),
    holders: new Holders(),
    acknowledgements: [],
    effects: [],
    latchesChanged: false,
    now: 0,
  };
}

/** Runs `work` and everything that follows from it. */
function during(core: CoreState, now: Milliseconds, work: () => void): CoreEffect[] {
  core.now = now;
  core.holders.forget();
  core.effects = [];
  const werePending = core.events.pending.length > 0;
  work();
  drainEvents(core);
  answerWithoutWaiting(core);
  if (core.latchesChanged || werePending || core.events.pending.length > 0)
    core.effects.push({ kind: 'latches-changed' });
  core.latchesChanged = false;
  core.timers.flush(core.effects);
  return core.effects;
}

function accept(core: CoreState, input: CoreInput): void {
  switch (input.kind) {
    case 'command':
      return runCommand(core, input);
    case 'emit':
      return runEmit(core, input);
    case 'forget':
      return dropCommand(core, input.id);
    case 'class':
      return changeClass(core, input.name, input.class);
    case 'timer':
      return timerFired(core, input.timer);
    case 'spawned':
      return withJob(core, input.job, (job) => processSpawned(core, job, input));
    case 'spawn-failed':
      return withJob(core, input.job, (job) => spawnFailed(core, job, input));
    case 'main-changed':
      return withJob(core, input.job, (job) => mainChanged(core, job, input.from, input.pid));
    case 'program-began':
      return withJob(core, input.job, (job) => onExec(core, job, input.pid));
    case 'process-stopped':
      return withJob(core, input.job, (job) => processStopped(core, job, input.process));
    case 'process-ended':
      return withJob(core, input.job, (job) => processEnded(core, job, input));
    case 'unclear':
      return processesUnclear(core, input.job, input.pids);
    case 'ready':
      return withJob(core, input.job, (job) => onReady(core, job));
    case 'extend-timeout':
      return withJob(core, input.job, (job) => extendTimeout(core, job, input.by));
    case 'watchdog':
      return withJob(core, input.job, (job) => onWatchdogKeepalive(core, job, input.sign));
    case 'unhealthy':
      return withJob(core, input.job, (job) => unhealthy(core, job, input.reason));
    case 'watchdog-interval':
      return withJob(core, input.job, (job) => setWatchdogInterval(core, job, input.interval));
    case 'members-ended':
      return withJob(core, input.job, (job) => membersEnded(core, job));
  }
}

/**
 * Tests whether the runtime gave this input as the direct result of an effect, before it looked at anything
 * else.
 */
function isAnswer(input: CoreInput): boolean {
  return input.kind === 'spawned' || input.kind === 'spawn-failed' || input.kind === 'members-ended';
}

/** Calls `act` with the job, unless it no longer exists: late reports about it do not matter. */
function withJob(core: CoreState, ref: JobRef, act: (job: Job) => void): void {
  const job = core.jobs.get(jobKey(ref));
  if (job !== undefined) act(job);
}

function changeEnvironment(core: CoreState, ref: JobRef, change: string): boolean {
  const job = core.jobs.get(jobKey(ref));
  if (job === undefined) return false;
  job.env = new Map(job.env);
  const equals = change.indexOf('=');
  if (equals < 0) job.env.delete(change);
  else job.env.set(change.slice(0, equals), change.slice(equals + 1));
  return true;
}
