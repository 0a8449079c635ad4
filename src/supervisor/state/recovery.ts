/**
 * Recovers the jobs of a previous supervisor after its crash or a re-exec, without restarting any. Processes that
 * ended meanwhile are found by /proc, and handled as if they had ended now.
 */
import { constants } from 'node:os';
import type { Kernel } from '../../kernel/kernel.js';
import { DecodeError } from '../../codec/decode-error.js';
import type { FormerGroups } from '../cgroup/former-groups.js';
import type { CoreEffect, JobRef, Milliseconds } from '../core/contract.js';
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { EndStatus } from '../core/wait-status.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { Core, CoreSnapshot } from '../core/core.js';
import type { Engine } from '../engine/engine.js';
import type { JobProcesses } from '../processes/job-processes.js';
import type { Report } from '../log/log.js';
import { endStrayProbes } from '../health/stray-probes.js';
import type { UnclearProcesses } from '../processes/unclear-processes.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import { findSurvivors, type EmptiedDirectory } from './emptied-directory.js';
import { noteContradictions, noteOfUnknownRun, noteUnrecorded, type JobUids } from './former-jobs.js';
import type { SavedReexecState } from './handover.js';
import { endAtGate } from './launch-search.js';
import { processExists } from './process-identities.js';
import type { JobProcessesSnapshot, SavedFile } from './saved-job.js';
import type { DamagedJob, LoadedState } from './saved-state.js';

/** The parts that take over recovered jobs. */
export interface RecoveredJobsOwners {
  readonly core: Core;
  readonly tracking: Tracking;
  readonly engine: Pick<Engine, 'carryOut'>;
  readonly processes: Pick<JobProcesses, 'reattach' | 'has'>;
  readonly unclear: Pick<UnclearProcesses, 'note'>;
  /** the control groups of jobs */
  readonly groups: { readonly former: Pick<FormerGroups, 'note' | 'jobOf'> };
  readonly now: () => Milliseconds;
}

export interface RecoveryOptions extends RecoveredJobsOwners {
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  /**
   * starts to read the job's output again
   * @param pids who has it open; by default the job's processes
   */
  readonly restoreOutput: (job: JobRef, pids?: readonly number[]) => void;
  /** searches for what was being started when the previous supervisor was killed */
  readonly findLaunches: (job: JobRef) => void;
  /** returns how a hook has ended that is not alive any more */
  readonly endOfHook: (job: JobRef, hook: ProcessName) => EndStatus;
  /** whether `findLaunches` has found the job's main */
  readonly hasMain: (job: JobRef) => boolean;
  /** the users of jobs */
  readonly uids: JobUids;
  /** the run directory, if it has no trace of a foster before this one: it may have been emptied after a crash */
  readonly emptied: EmptiedDirectory | undefined;
  /** renames an unusable file */
  readonly moveAside: (file: SavedFile, error: DecodeError) => DamagedJob;
  readonly report: Report;
}

/**
 * Recovers each job from its file after a crash. The classes must be known; nothing may have been started, and no
 * kernel events have been read.
 */
export function recoverAfterCrash({ files, damaged }: LoadedState, options: RecoveryOptions): void {
  const { core, tracking, uids, now } = options;
  for (const one of damaged) reportDamage(one, options);
  const entered = files.flatMap((file) => restoreFile(file, options));
  tracking.recovery.findFormerOrphans({ uidOf: uids.of, jobByGroup: options.groups.former.jobOf });
  // no process bears a mark of a new secret: further looks at a full machine would take longer than
  // everything else before the first job
  if (files.length === 0 && options.emptied !== undefined) return noteSurvivors(options);
  for (const { file } of entered) options.findLaunches(file.job);
  // before anything is decided or started: the processes may exist already
  tracking.recovery.scan();
  noteUnrecorded(options, options.kernel.proc, options.report);
  noteSurvivors(options);
  endStrayProbes(
    entered.map(({ file }) => file.job),
    { ...options, tracker: tracking.tracker, classOf: (name) => core.class(name) },
  );
  for (const { file } of entered) noteContradictions(file, options, options.kernel);
  for (const { file, there } of entered) {
    const at = now();
    const snapshot = decode(file, at, options);
    if (snapshot === undefined) continue;
    resumeJobs([file.job], core.restore(snapshot, at), there, options);
  }
  noteUnclear(
    entered.flatMap(({ there }) => [...there]),
    options,
  );
}

/** Blocks jobs with running processes that an emptied run directory does not record. */
function noteSurvivors(options: RecoveryOptions): void {
  const { emptied, tracking, kernel, uids, report, restoreOutput } = options;
  const { former } = tracking.tracker;
  // with PID 1, everything that it started has ended
  if (emptied === undefined || former === undefined || process.pid === 1) return;
  const { proc } = kernel;
  const found = findSurvivors(emptied, { proc, uidOf: uids.of, reapers: former.reapers });
  for (const [key, pids] of found) {
    noteOfUnknownRun(jobOfKey(key), pids, options, report);
    // without a reader, full FIFOs would block them soon
    restoreOutput(jobOfKey(key), pids);
  }
}

interface RestoredFile {
  readonly file: SavedFile;
  /** pids of its processes that still exist */
  readonly there: ReadonlySet<number>;
}

/** Restores the processes of a file, unless it is unusable. */
function restoreFile(file: SavedFile, options: RecoveryOptions): readonly RestoredFile[] {
  const now = options.now();
  const snapshot = decode(file, now, options);
  if (snapshot === undefined) return [];
  const [saved] = snapshot.jobs;
  if (saved !== undefined) options.uids.note(file.job, saved.job.class);
  return [{ file, there: restoreProcesses(file, Math.min(file.at, now), options) }];
}

/** Processes that were unclear before remain so, if they are alive. */
function noteUnclear(there: readonly number[], { core, unclear }: RecoveryOptions): void {
  for (const { job, pids } of core.unclear())
    unclear.note(
      job,
      pids.filter((pid) => there.includes(pid)),
    );
}

/** @returns false if there is no usable state: then the files of the run directory are used */
export function tryResumeAfterReexec(state: SavedReexecState | undefined, options: RecoveryOptions): boolean {
  if (state === undefined) return false;
  try {
    resumeAfterReexec(state, options);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    options.report('error', `The state of the re-exec cannot be read: ${error.message}`);
    return false;
  }
}

/**
 * Restores everything after a re-exec, including pending events.
 * @throws DecodeError before anything has been changed
 */
function resumeAfterReexec(state: SavedReexecState, options: RecoveryOptions): void {
  const { core, tracking, now } = options;
  const snapshot = core.decode(state.core, now(), now() - state.at);
  const effects = core.restore(snapshot, now());
  const there = state.jobs.flatMap((handed) => [...restoreProcesses(handed, state.at, options)]);
  tracking.recovery.findFormerOrphans({ uidOf: options.uids.of, jobByGroup: options.groups.former.jobOf });
  const jobs = core.jobs(now()).map(({ ref }) => ref);
  resumeJobs(jobs, effects, new Set(there), options);
  noteUnclear(there, options);
}

/** Returns undefined for an unusable file, which is renamed: it must not affect the other jobs. */
function decode(file: SavedFile, now: Milliseconds, options: RecoveryOptions): CoreSnapshot | undefined {
  try {
    const snapshot = options.core.decode(file.core, now, now - Math.min(file.at, now));
    checkSnapshot(file, snapshot);
    return snapshot;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    reportDamage(options.moveAside(file, error.below('core')), options);
    return undefined;
  }
}

/** @throws DecodeError if the core's part of the file is about another job, or about other processes */
function checkSnapshot({ job, lineage }: SavedFile, { events, jobs, unclear }: CoreSnapshot): void {
  const [saved, ...others] = jobs;
  if (others.length > 0 || events.length > 0)
    throw new DecodeError('jobs', 'one job at most, and no events', `${others.length + 1} jobs`);
  const followed = lineage.follower?.main;
  const isFollowed = followed !== undefined && followed.ended === undefined && unclear.length === 0;
  if (saved === undefined) {
    // the job has ended; only detached or unclear processes may be alive
    if (isFollowed) throw new DecodeError('jobs', `the job, whose main process is ${followed.pid}`, 'none');
    return;
  }
  const { key, label, class: jobClass, processes, spawning } = saved.job;
  if (key !== jobKey(job)) throw new DecodeError('jobs[0]', `the job ${jobLabel(job)}`, label);
  if (jobClass.name !== job.name)
    throw new DecodeError('jobs[0].class.name', JSON.stringify(job.name), JSON.stringify(jobClass.name));
  const main = processes.get('main');
  // without a follower nobody would notice the end of main
  const isInLineage =
    lineage.follower !== undefined && lineage.processes.some(({ pid }) => pid === main?.pid);
  // a process that waits at the gate is followed before the core learns of it
  const isKnown = main === undefined ? !isFollowed || spawning === 'main' : isInLineage;
  if (!isKnown)
    throw new DecodeError(
      'jobs[0].processes',
      'main to be in the lineage',
      main === undefined ? 'no main' : `process ${main.pid}`,
    );
}

/**
 * Reports a job whose file is unusable. Its processes are left alone, since their roles are unknown, and the job is
 * not started while they are alive.
 */
function reportDamage({ job, reason, processes }: DamagedJob, options: RecoveryOptions): void {
  const { unclear, kernel, report } = options;
  const living = processes.filter((one) => processExists(one, kernel)).map(({ pid }) => pid);
  const name = job === undefined ? 'A job' : jobLabel(job);
  const rest =
    living.length === 0
      ? 'it names no living process'
      : `its processes keep running, and foster leaves them alone: ${living.join(', ')}`;
  report('error', `${name} cannot be recovered: ${reason}; ${rest}`);
  if (job !== undefined && living.length > 0) unclear.note(job, living);
}

/**
 * @param at when it was saved
 * @returns pids of the processes that still exist; one with another start time is a stranger with a recycled pid
 */
function restoreProcesses(
  { job, lineage, processes, gates, groups }: JobProcessesSnapshot,
  at: Milliseconds,
  options: RecoveryOptions,
): ReadonlySet<number> {
  const { tracking, kernel } = options;
  tracking.tracker.restore(jobKey(job), lineage);
  options.groups.former.note(jobKey(job), groups ?? []);
  const there = new Set(processes.filter((one) => processExists(one, kernel)).map(({ pid }) => pid));
  const left = lineage.processes.filter(({ pid, ended }) => ended === undefined && !there.has(pid));
  tracking.recovery.foundEnded(
    left.map(({ pid }) => pid),
    at * 1e6,
  );
  // processes at their gates are killed, and the core requests their start again
  for (const pid of gates) if (there.has(pid)) endAtGate(pid, kernel);
  return there;
}

function resumeJobs(
  jobs: readonly JobRef[],
  effects: readonly CoreEffect[],
  there: ReadonlySet<number>,
  options: RecoveryOptions,
): void {
  const { core, engine, processes, now, restoreOutput, report } = options;
  for (const job of jobs) {
    const view = core.job(job, now());
    for (const { process, pid } of view?.processes ?? [])
      if (process === 'main' || there.has(pid)) processes.reattach(pid, job, process);
    restoreOutput(job);
    if (view !== undefined) report('info', `${jobLabel(job)}: recovered, ${view.goal}/${view.state}`);
  }
  for (const effect of effects) {
    if (effect.kind !== 'spawn' || effect.process !== 'main' || options.hasMain(effect.job)) continue;
    killUnknownLauncher(effect.job, options);
  }
  engine.carryOut(effects);
  for (const job of jobs) endGoneHooks(job, there, options);
}

function endGoneHooks(
  job: JobRef,
  there: ReadonlySet<number>,
  { core, processes, now, endOfHook }: RecoveryOptions,
): void {
  for (const { process, pid } of core.job(job, now())?.processes ?? [])
    if (process !== 'main' && !there.has(pid) && !processes.has(pid))
      processes.reattach(pid, job, process, endOfHook(job, process));
}

/**
 * Kills a launcher that the core did not know yet when its supervisor failed, since the core is about to start it
 * again.
 */
function killUnknownLauncher(job: JobRef, { tracking, kernel }: RecoveryOptions): void {
  const { tracker } = tracking;
  const launcher = tracker.follower(jobKey(job))?.launcher;
  for (const process of tracker.living(jobKey(job))) {
    if (process.launcher === launcher) kernel.processes.kill(process.pid, constants.signals.SIGKILL);
  }
}
