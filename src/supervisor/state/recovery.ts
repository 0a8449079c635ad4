/**
 * Takes back the jobs of a former supervisor, which crashed or replaced itself by a new one, without restarting any. What
 * ended meanwhile is learned from /proc, and treated as if it had ended now.
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
import type { UnclearProcesses } from '../processes/unclear-processes.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import { holdContradictions, holdUnrecorded, type JobUids } from './former-jobs.js';
import type { SavedReexecState } from './handover.js';
import { endAtGate } from './launches.js';
import { isThere } from './process-identities.js';
import type { JobProcessesSnapshot, SavedFile } from './saved-job.js';
import type { DamagedJob, LoadedState } from './saved-state.js';

/** Whom jobs are given back to. */
export interface NewOwners {
  readonly core: Core;
  readonly tracking: Tracking;
  readonly engine: Pick<Engine, 'carryOut'>;
  readonly processes: Pick<JobProcesses, 'reattach' | 'has'>;
  readonly unclear: Pick<UnclearProcesses, 'note'>;
  /** control groups of jobs */
  readonly groups: { readonly former: Pick<FormerGroups, 'note' | 'jobOf'> };
  readonly now: () => Milliseconds;
}

export interface RecoveryOptions extends NewOwners {
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  /** gives the job's output to its new reader */
  readonly restoreOutput: (job: JobRef) => void;
  /** looks for what was being started of the job when the former supervisor ended */
  readonly findLaunches: (job: JobRef) => void;
  /** how a hook of the job has ended that lives no more */
  readonly endOfHook: (job: JobRef, hook: ProcessName) => EndStatus;
  /** whether main of the job has been found so */
  readonly hasMain: (job: JobRef) => boolean;
  /** as whom the processes of jobs run */
  readonly uids: JobUids;
  /** keeps a file that cannot be used under another name */
  readonly setAside: (file: SavedFile, error: DecodeError) => DamagedJob;
  readonly report: Report;
}

/**
 * After a crash: from the file of each job. The classes are known by now; nothing has been started, and nobody listens
 * to the kernel yet.
 */
export function recoverAfterCrash({ files, damaged }: LoadedState, options: RecoveryOptions): void {
  const { core, tracking, uids, now } = options;
  for (const one of damaged) reportDamage(one, options);
  const entered = files.flatMap((file) => enter(file, options));
  tracking.recovery.findFormer({ uidOf: uids.of, jobByGroup: options.groups.former.jobOf });
  for (const { file } of entered) options.findLaunches(file.job);
  // before anything is decided or started: it may be there
  tracking.recovery.look();
  holdUnrecorded(options, options.kernel.proc, options.report);
  for (const { file } of entered) holdContradictions(file, options, options.kernel);
  for (const { file, there } of entered) {
    const at = now();
    const snapshot = decode(file, at, options);
    if (snapshot === undefined) continue;
    carryOn([file.job], core.restore(snapshot, at), there, options);
  }
  noteUnclear(
    entered.flatMap(({ there }) => [...there]),
    options,
  );
}

interface Entered {
  readonly file: SavedFile;
  /** its processes that are still there */
  readonly there: ReadonlySet<number>;
}

/** Enters the processes of a file that can be used. */
function enter(file: SavedFile, options: RecoveryOptions): readonly Entered[] {
  const now = options.now();
  const snapshot = decode(file, now, options);
  if (snapshot === undefined) return [];
  const [saved] = snapshot.jobs;
  if (saved !== undefined) options.uids.note(file.job, saved.job.class);
  return [{ file, there: restoreProcesses(file, Math.min(file.at, now), options) }];
}

/** What was unclear before is so still, as far as it lives. */
function noteUnclear(there: readonly number[], { core, unclear }: RecoveryOptions): void {
  for (const { job, pids } of core.unclear())
    unclear.note(
      job,
      pids.filter((pid) => there.includes(pid)),
    );
}

/**
 * After a re-exec: everything, events on their way included.
 * @throws DecodeError before anything has been changed
 */
export function resumeAfterReexec(state: SavedReexecState, options: RecoveryOptions): void {
  const { core, tracking, now } = options;
  const snapshot = core.decode(state.core, now(), now() - state.at);
  const effects = core.restore(snapshot, now());
  const there = state.jobs.flatMap((handed) => [...restoreProcesses(handed, state.at, options)]);
  tracking.recovery.findFormer({ uidOf: options.uids.of, jobByGroup: options.groups.former.jobOf });
  const jobs = core.jobs(now()).map(({ ref }) => ref);
  carryOn(jobs, effects, new Set(there), options);
  noteUnclear(there, options);
}

/** Undefined for a file that cannot be used: one job that cannot be read is no reason to lose the others. */
function decode(file: SavedFile, now: Milliseconds, options: RecoveryOptions): CoreSnapshot | undefined {
  try {
    const snapshot = options.core.decode(file.core, now, now - Math.min(file.at, now));
    requireOnly(file, snapshot);
    return snapshot;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    reportDamage(options.setAside(file, error.below('core')), options);
    return undefined;
  }
}

/** @throws DecodeError where the core's part of the file is not about this job alone, or not about these processes */
function requireOnly({ job, lineage }: SavedFile, { events, jobs, unclear }: CoreSnapshot): void {
  const [saved, ...others] = jobs;
  if (others.length > 0 || events.length > 0)
    throw new DecodeError('jobs', 'one job at most, and no events', `${others.length + 1} jobs`);
  const followed = lineage.follower?.main;
  const isFollowed = followed !== undefined && followed.ended === undefined && unclear.length === 0;
  if (saved === undefined) {
    // only processes are left of it that have detached themselves, or that are unclear
    if (isFollowed) throw new DecodeError('jobs', `the job, whose main process is ${followed.pid}`, 'none');
    return;
  }
  const { key, label, class: jobClass, processes, spawning } = saved.job;
  if (key !== jobKey(job)) throw new DecodeError('jobs[0]', `the job ${jobLabel(job)}`, label);
  if (jobClass.name !== job.name)
    throw new DecodeError('jobs[0].class.name', JSON.stringify(job.name), JSON.stringify(jobClass.name));
  const main = processes.get('main');
  // without a follower nobody would hear of the end of main
  const isInLineage =
    lineage.follower !== undefined && lineage.processes.some(({ pid }) => pid === main?.pid);
  // one that stands at its gate is followed before the core is told
  const isKnown = main === undefined ? !isFollowed || spawning === 'main' : isInLineage;
  if (!isKnown)
    throw new DecodeError(
      'jobs[0].processes',
      'main to be in the lineage',
      main === undefined ? 'no main' : `process ${main.pid}`,
    );
}

/**
 * Reports a job whose file cannot be used. Its processes are left alone, and the job is not started beside them: which of them
 * is what nobody knows any more.
 */
function reportDamage({ job, reason, processes }: DamagedJob, options: RecoveryOptions): void {
  const { unclear, kernel, report } = options;
  const living = processes.filter((one) => isThere(one, kernel)).map(({ pid }) => pid);
  const name = job === undefined ? 'A job' : jobLabel(job);
  const rest =
    living.length === 0
      ? 'it names no process that runs'
      : `its processes run on, foster does nothing about them: ${living.join(', ')}`;
  report('error', `${name} cannot be taken back: ${reason}; ${rest}`);
  if (job !== undefined && living.length > 0) unclear.note(job, living);
}

/**
 * @param at when it was saved; a time in the future is no time
 * @returns those that are still there; a process with another start time is a stranger that has got the pid
 */
function restoreProcesses(
  { job, lineage, processes, gates, groups }: JobProcessesSnapshot,
  at: Milliseconds,
  options: RecoveryOptions,
): ReadonlySet<number> {
  const { tracking, kernel } = options;
  tracking.tracker.restore(jobKey(job), lineage);
  options.groups.former.note(jobKey(job), groups ?? []);
  const there = new Set(processes.filter((one) => isThere(one, kernel)).map(({ pid }) => pid));
  const left = lineage.processes.filter(({ pid, ended }) => ended === undefined && !there.has(pid));
  tracking.recovery.foundEnded(
    left.map(({ pid }) => pid),
    at * 1e6,
  );
  // the core asks for its start again, unless it has been let go on since
  for (const pid of gates) if (there.has(pid)) endAtGate(pid, kernel);
  return there;
}

function carryOn(
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
    if (view !== undefined) report('info', `${jobLabel(job)}: taken back, ${view.goal}/${view.state}`);
  }
  for (const effect of effects) {
    if (effect.kind !== 'spawn' || effect.process !== 'main' || options.hasMain(effect.job)) continue;
    endUntold(effect.job, options);
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

/** A launcher of which the core had not been told when its supervisor failed: it is about to be started again. */
function endUntold(job: JobRef, { tracking, kernel }: RecoveryOptions): void {
  const { tracker } = tracking;
  const launcher = tracker.follower(jobKey(job))?.launcher;
  for (const process of tracker.living(jobKey(job))) {
    if (process.launcher === launcher) kernel.processes.kill(process.pid, constants.signals.SIGKILL);
  }
}
