import { constants } from 'node:os';
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../../tracker/events.js';
import type { Process } from '../../tracker/model.js';
import type { JobRef } from '../core/contract.js';
import type { EndStatus } from '../core/wait-status.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Report } from '../log/log.js';
import { LaunchError } from '../launch/launch-error.js';
import type { LaunchRecord, UnsavedLaunch } from './launch-record.js';
import { type ProcessIdentities } from './process-identities.js';
import { LaunchSearch, type FoundLaunch, type SearchTracking, type SavedLaunch } from './launch-search.js';

interface LaunchesOptions {
  /** undefined if there is no run directory */
  readonly record: LaunchRecord | undefined;
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  readonly identities: Pick<ProcessIdentities, 'of'>;
  /** saves the current state of the job */
  readonly save: (job: JobRef) => void;
  /** includes the job in the next save (SavedState.launching) */
  readonly launching: (job: JobRef) => void;
  /**
   * Whether a job may start although no record of it could be written. True for PID 1, which has no next supervisor:
   * its end is the end of all processes.
   */
  readonly mayStartUnrecorded: boolean;
  readonly report: Report;
}

/** Records the progress of a start, for the next supervisor. */
export interface LaunchNote {
  /** it was started as this process */
  readonly started: (pid: number) => void;
  /** the process is about to pass its gate; from now on it runs even if foster is killed */
  readonly passing: (pid: number) => void;
}

/** The order of a start; each waits for the success of the one before. */
const START_ORDER: readonly ProcessName[] = ['security', 'pre-start', 'main', 'post-start'];

/**
 * Prevents double starts: if a supervisor is killed while it starts a process, the recovered core requests the same
 * start again, and gets the existing process instead.
 */
export class Launches {
  /** the record of the previous supervisor, in order */
  #recorded: readonly UnsavedLaunch[] = [];
  /** its starts that were not searched for yet */
  #unsaved: readonly UnsavedLaunch[] = [];
  #found: FoundLaunch[] = [];

  readonly #search: LaunchSearch;

  constructor(private readonly options: LaunchesOptions) {
    this.#search = new LaunchSearch(options.kernel);
  }

  /**
   * Announces that a process is about to be started.
   * @param followsEnd it follows from the end of another process of the job, which the next supervisor would notice
   *   itself; before any other start, the core's state must be saved
   * @param how `gated`: it will stop itself before its program starts; `born`: its birth in the tracker; now, if it
   * is not main
   * @returns records which process was started. That can be done later: until then, the process can be found by its
   *   mark.
   * @throws LaunchError if a crash of foster would lead to a second start
   */
  announce(
    job: JobRef,
    process: ProcessName,
    followsEnd: boolean,
    { gated, born }: { readonly gated: boolean; readonly born?: Nanoseconds | undefined },
  ): LaunchNote {
    const { save, launching, record, mayStartUnrecorded, identities } = this.options;
    if (!followsEnd) save(job);
    launching(job);
    const announced = record?.announce(job, process, gated, born);
    const problem = announced?.problem;
    // only a new start is refused: a running job must stay up, and its stop must be carried out
    const isNew = !followsEnd && (process === 'main' || process === 'pre-start');
    if (problem !== undefined && isNew && !mayStartUnrecorded) throw LaunchError.unsaved(problem);
    return {
      started: (pid) => {
        if (announced !== undefined) record?.recordStarted(announced, pid, identities.of(pid));
      },
      passing: (pid) => {
        launching(job);
        if (announced !== undefined) record?.recordPassing(announced, pid, identities.of(pid));
      },
    };
  }

  /** Sets the recorded starts of the previous supervisor. */
  loadPending(unsaved: readonly UnsavedLaunch[]): void {
    this.#recorded = unsaved;
    this.#unsaved = unsaved;
  }

  /**
   * Returns how a hook has ended that is not alive any more. If the previous supervisor started a later step of the
   * same start, the hook had succeeded.
   */
  endOfHook(job: JobRef, hook: ProcessName): EndStatus {
    const ofJob = this.#recorded.filter((one) => jobKey(one.job) === jobKey(job));
    const own = ofJob.findLastIndex(({ process }) => process === hook);
    const step = START_ORDER.indexOf(hook);
    const hasGoneOn = ofJob
      .slice(own + 1)
      .some(({ process }) => step >= 0 && START_ORDER.indexOf(process) > step);
    return hasGoneOn ? 0 : 'ended-while-down';
  }

  /** Jobs with recorded starts. */
  get jobs(): readonly JobRef[] {
    return this.#unsaved.map(({ job }) => job);
  }

  /**
   * Searches for the recorded starts of this job. Must be called after the saved processes of all jobs have been
   * restored, and before /proc is scanned, which would take the started processes for descendants of others.
   */
  find(job: JobRef, tracking: SearchTracking): void {
    const isOfJob = (one: UnsavedLaunch): boolean => jobKey(one.job) === jobKey(job);
    for (const launch of this.#unsaved.filter(isOfJob)) {
      const found = this.#search.find(launch, tracking);
      if (found !== undefined) this.#found.push(found);
      else this.#reportUnknown(launch);
    }
    this.#unsaved = this.#unsaved.filter((one) => !isOfJob(one));
  }

  /** Returns the process that the previous supervisor started, if the core now requests the same start. */
  claim(job: JobRef, process: ProcessName): SavedLaunch | undefined {
    const index = this.#indexOf(job, process);
    const [found] = index < 0 ? [] : this.#found.splice(index, 1);
    if (found === undefined) return undefined;
    this.options.report('info', `${jobLabel(job)}: keeps ${describe(found)}`);
    return found.former;
  }

  /** Returns whether `claim` would return something. */
  has(job: JobRef, process: ProcessName): boolean {
    return this.#indexOf(job, process) >= 0;
  }

  /**
   * Kills processes of recorded starts that no recovered job has requested.
   * @param isTheirs whether a job has this process, so that its start had been saved after all
   */
  endUnclaimed(isTheirs: (pid: number) => boolean, tracking: Omit<SearchTracking, 'recovery'>): void {
    for (const found of this.#found) {
      const { launch, former, isSaved } = found;
      if (isSaved || isTheirs(former.pid)) continue;
      const ended = former.launcher === undefined ? this.#endHook(found) : endRun(former.launcher, tracking);
      if (!ended) continue;
      this.options.report('warn', `${jobLabel(launch.job)}: killing ${describe(found)}: no job needs it`);
    }
    this.#found = [];
    this.#unsaved = [];
    this.#recorded = [];
  }

  /**
   * A start that left no trace may never have happened, or the process has ended meanwhile. At a gate, it would have waited for
   * foster.
   */
  #reportUnknown({ job, process, pid, gated }: UnsavedLaunch): void {
    if (pid !== undefined || gated) return;
    this.options.report(
      'warn',
      `${jobLabel(job)}: foster was killed while it started ${process}: if that had begun, it has ended, and its output may be lost`,
    );
  }

  #indexOf(job: JobRef, process: ProcessName): number {
    const key = jobKey(job);
    return this.#found.findIndex(({ launch }) => launch.process === process && jobKey(launch.job) === key);
  }

  #endHook({ launch, former: { pid, isAlive } }: FoundLaunch): boolean {
    const { kernel } = this.options;
    const stat = kernel.proc.stat(pid);
    if (
      !isAlive ||
      stat === undefined ||
      (launch.startTime !== undefined && stat.startTime !== launch.startTime)
    )
      return false;
    if (stat.group === pid) kernel.processes.killGroup(pid, constants.signals.SIGKILL);
    else kernel.processes.kill(pid, constants.signals.SIGKILL);
    return true;
  }
}

/** @returns whether there was a process to kill */
function endRun(launcher: Process, tracking: Omit<SearchTracking, 'recovery'>): boolean {
  let found = false;
  for (const process of tracking.tracker.lineage.living(launcher)) {
    const pidfd = tracking.handles.hold(process);
    if (pidfd === undefined) continue;
    found = true;
    pidfd.signal(constants.signals.SIGKILL);
    pidfd.close();
  }
  return found;
}

function describe({ launch: { process }, former: { pid } }: FoundLaunch): string {
  return `process ${pid}, which a killed foster had started as its ${process}`;
}
