/**
 * Takes back the jobs of a former supervisor, which crashed or replaced itself by a new one, without restarting any. What
 * ended meanwhile is learned from /proc, and treated as if it had ended now.
 */
import { constants } from 'node:os';
import type { Kernel, ProcessIdentity } from '../../kernel/kernel.js';
import { parseSavedLineage, SavedLineageError } from '../../tracker/saved-lineage.js';
import type { CoreEffect, JobRef } from '../core/contract.js';
import { SavedStateError } from '../core/snapshot/reader.js';
import type { Supervisor } from '../supervisor.js';
import { jobKey, jobLabel } from '../job-key.js';
import type { HandedJob, HandedState } from './handover.js';
import type { SavedFile } from './saved-job.js';

export interface TakeBackOptions {
  readonly supervisor: Supervisor;
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  /** gives the job's output to its new reader */
  readonly restoreOutput: (job: JobRef) => void;
  /** looks for what was being started of the job when the former supervisor ended */
  readonly findLaunches: (job: JobRef) => void;
  /** whether main of the job has been found so */
  readonly hasMain: (job: JobRef) => boolean;
  readonly report: (level: 'info' | 'error', text: string) => void;
}

/**
 * After a crash: from the file of each job. The classes are known by now; nothing has been started, and nobody listens
 * to the kernel yet.
 */
export function takeBack(files: readonly SavedFile[], options: TakeBackOptions): void {
  const { supervisor } = options;
  for (const file of files) {
    readingSaved(file.job, options, () => {
      const now = supervisor.now();
      restoreProcesses(file, options);
      options.findLaunches(file.job);
      const effects = supervisor.core.restore(file.core, now, now - file.at);
      carryOn([file.job], effects, options);
    });
  }
}

/**
 * After a re-exec: everything, events on their way included.
 * @throws SavedStateError before anything has been changed
 */
export function takeOver(state: HandedState, options: TakeBackOptions): void {
  const { core, now } = options.supervisor;
  const effects = core.restore(state.core, now(), now() - state.at);
  for (const handed of state.jobs) {
    readingSaved(handed.job, options, () => restoreProcesses(handed, options));
  }
  const jobs = core.jobs(now()).map(({ ref }) => ref);
  carryOn(jobs, effects, options);
}

/** One job that cannot be read is no reason to lose the others. */
function readingSaved(job: JobRef, { report }: TakeBackOptions, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SavedLineageError || error instanceof SavedStateError)) throw error;
    report('error', `${jobLabel(job)}: cannot be taken back: ${error.message}`);
  }
}

function restoreProcesses({ job, lineage, processes, gates }: HandedJob, options: TakeBackOptions): void {
  const { supervisor, kernel } = options;
  const saved = parseSavedLineage(lineage);
  supervisor.tracking.tracker.restore(jobKey(job), saved);
  const there = new Set(processes.filter((one) => isThere(one, kernel)).map(({ pid }) => pid));
  supervisor.tracking.foundEnded(saved.processes.map(({ pid }) => pid).filter((pid) => !there.has(pid)));
  // it stands stopped before its program, and the core asks for its start again
  for (const pid of gates) if (there.has(pid)) kernel.processes.kill(pid, constants.signals.SIGKILL);
}

/** Alive, or our own child that waits to be reaped, which will say how it ended. */
function isThere({ pid, startTime }: ProcessIdentity, { proc }: TakeBackOptions['kernel']): boolean {
  if (proc.isAlive(pid, startTime)) return true;
  const stat = proc.stat(pid);
  return stat?.startTime === startTime && stat.parent === process.pid;
}

function carryOn(jobs: readonly JobRef[], effects: readonly CoreEffect[], options: TakeBackOptions): void {
  const { supervisor, restoreOutput, report } = options;
  const { core, engine, processes, now } = supervisor;
  for (const job of jobs) {
    const view = core.job(job, now());
    for (const { process, pid } of view?.processes ?? []) processes.adopt(pid, job, process);
    restoreOutput(job);
    report('info', `${jobLabel(job)}: taken back, ${view?.goal ?? 'stop'}/${view?.state ?? 'waiting'}`);
  }
  for (const effect of effects) {
    if (effect.kind !== 'spawn' || effect.process !== 'main' || options.hasMain(effect.job)) continue;
    endUntold(effect.job, options);
  }
  engine.carryOut(effects);
}

/** A launcher of which the core had not been told when its supervisor failed: it is about to be started again. */
function endUntold(job: JobRef, { supervisor, kernel }: TakeBackOptions): void {
  const { tracker } = supervisor.tracking;
  const launcher = tracker.follower(jobKey(job))?.launcher;
  for (const process of tracker.living(jobKey(job))) {
    if (process.launcher === launcher) kernel.processes.kill(process.pid, constants.signals.SIGKILL);
  }
}
