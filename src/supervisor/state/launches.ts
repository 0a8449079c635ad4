import { constants } from 'node:os';
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { Kernel, ProcReader } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../../tracker/events.js';
import type { Process } from '../../tracker/model.js';
import { findFormerStart, type FormerStart } from '../../tracker/scan/former-processes.js';
import { lookAt, TICK, type SeenProcess } from '../../tracker/scan/snapshot.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef } from '../core/contract.js';
import type { EndStatus } from '../core/wait-status.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Report } from '../log/log.js';
import { LaunchError } from '../launch/launch-error.js';
import { isGate } from '../launch/plan.js';
import type { LaunchRecord, UnsavedLaunch } from './launch-record.js';
import { isThere, type ProcessIdentities } from './process-identities.js';

export interface LaunchesOptions {
  /** undefined where there is no run directory */
  readonly record: LaunchRecord | undefined;
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  readonly identities: Pick<ProcessIdentities, 'of'>;
  /** saves the job as it is at this moment */
  readonly save: (job: JobRef) => void;
  /** what is saved next is to have this job in it: see SavedState */
  readonly launching: (job: JobRef) => void;
  /**
   * Whether a job may begin although nothing tells the next supervisor of it: PID 1 has no next one, since its end is
   * everybody's.
   */
  readonly mayBeginUnsaved: boolean;
  readonly report: Report;
}

/** A process that a former supervisor started. It may have ended since. */
export interface SavedLaunch {
  readonly pid: number;
  /** of a main process */
  readonly launcher: Process | undefined;
  /** a hook lives; of a main, the tracker knows */
  readonly isThere: boolean;
  /**
   * Whether the pid is that of the process that was started. `no`: it is what that one has left. `perhaps`: it leads its
   * session, as both do.
   */
  readonly isStarted: 'yes' | 'perhaps' | 'no';
}

interface Found {
  readonly launch: UnsavedLaunch;
  readonly former: SavedLaunch;
  /**
   * The job's file knows its launcher, too: foster was killed after it had saved the job, and before it emptied the record. What
   * has become of this run since is the tracker's to decide, and none of it is unclaimed.
   */
  readonly isSaved: boolean;
}

/** What the next supervisor is told of a start, as it goes on. */
export interface LaunchNote {
  /** it has become this process */
  readonly started: (pid: number) => void;
  /** the process is about to be let go on beyond its gate: if foster is killed from now on, it runs */
  readonly passing: (pid: number) => void;
}

interface Tracked {
  readonly tracker: Tracking['tracker'];
  readonly recovery: Pick<Tracking['recovery'], 'foundLauncher'>;
  readonly handles: Pick<Tracking['handles'], 'hold'>;
}

/** In this order; each waits for the one before to succeed. */
const WAY_UP: readonly ProcessName[] = ['security', 'pre-start', 'main', 'post-start'];

/** Where a record has no start time: a process is created within so much of the record (a busy machine). */
const START_TAKES = 1e9;

/**
 * Sees to it that a supervisor that is killed while it starts a process does not have the next one start it again: the core,
 * taken back, asks for the same start, and is given what is there.
 */
export class Launches {
  /** the record of a former supervisor, in its order */
  #recorded: readonly UnsavedLaunch[] = [];
  /** those of which nothing has been looked for yet */
  #unsaved: readonly UnsavedLaunch[] = [];
  #found: Found[] = [];

  constructor(private readonly options: LaunchesOptions) {}

  /**
   * A process is about to be started.
   * @param followsEnd it follows from the end of another one of the job, which the next supervisor finds out by itself; for
   *   any other start, what the core wants has to be saved first
   * @param how `gated`: it will stop itself before its program; `born`: when the tracker takes it for born; now, if it is no main
   * @returns notes which process it has become. Until then, a crash of foster leaves it to be found by its mark: nobody has to
   *   wait for the note.
   * @throws LaunchError when it would be started a second time after a crash of foster
   */
  before(
    job: JobRef,
    process: ProcessName,
    followsEnd: boolean,
    { gated, born }: { readonly gated: boolean; readonly born?: Nanoseconds | undefined },
  ): LaunchNote {
    const { save, launching, record, mayBeginUnsaved, identities } = this.options;
    if (!followsEnd) save(job);
    launching(job);
    const announced = record?.before(job, process, gated, born);
    const problem = announced?.problem;
    // a job that runs is kept running, and its stop is carried out: only new ones can wait
    const isNew = !followsEnd && (process === 'main' || process === 'pre-start');
    if (problem !== undefined && isNew && !mayBeginUnsaved) throw LaunchError.unsaved(problem);
    return {
      started: (pid) => {
        if (announced !== undefined) record?.after(announced, pid, identities.of(pid));
      },
      passing: (pid) => {
        launching(job);
        if (announced !== undefined) record?.passing(announced, pid, identities.of(pid));
      },
    };
  }

  /** These starts of a former supervisor are saved nowhere else. */
  loadPending(unsaved: readonly UnsavedLaunch[]): void {
    this.#recorded = unsaved;
    this.#unsaved = unsaved;
  }

  /**
   * How a hook has ended that lives no more. Nobody is there who saw it, but the former foster did not go on before it had
   * succeeded: what it started after it, on the way up, proves that.
   */
  endOfHook(job: JobRef, hook: ProcessName): EndStatus {
    const ofJob = this.#recorded.filter((one) => jobKey(one.job) === jobKey(job));
    const own = ofJob.findLastIndex(({ process }) => process === hook);
    const step = WAY_UP.indexOf(hook);
    const hasGoneOn = ofJob.slice(own + 1).some(({ process }) => step >= 0 && WAY_UP.indexOf(process) > step);
    return hasGoneOn ? 0 : 'ended-while-down';
  }

  /** Jobs of which something was being started. */
  get jobs(): readonly JobRef[] {
    return this.#unsaved.map(({ job }) => job);
  }

  /**
   * Finds what was started of this job. To be called when the saved processes of all jobs are known again, and before anybody
   * looks at /proc for others: what has been started would be taken for their doing.
   */
  find(job: JobRef, tracking: Tracked): void {
    const isOfJob = (one: UnsavedLaunch): boolean => jobKey(one.job) === jobKey(job);
    for (const launch of this.#unsaved.filter(isOfJob)) {
      const saved = savedLauncher(launch, tracking, this.options.kernel.proc);
      const former =
        launch.process === 'main'
          ? this.#findMain(launch, tracking, saved)
          : this.#findHook(launch, tracking);
      if (former !== undefined) this.#found.push({ launch, former, isSaved: saved !== undefined });
    }
    this.#unsaved = this.#unsaved.filter((one) => !isOfJob(one));
  }

  /** What a former supervisor has started in the place of a process that is about to be started; undefined: nothing. */
  claim(job: JobRef, process: ProcessName): SavedLaunch | undefined {
    const index = this.#indexOf(job, process);
    const [found] = index < 0 ? [] : this.#found.splice(index, 1);
    if (found === undefined) return undefined;
    this.options.report('info', `${jobLabel(job)}: ${describe(found)} is taken over`);
    return found.former;
  }

  /** Whether `claim` would find something. */
  has(job: JobRef, process: ProcessName): boolean {
    return this.#indexOf(job, process) >= 0;
  }

  /**
   * Jobs have been taken back: what none of them has asked for by now is not wanted any more.
   * @param isTheirs whether a job has this process: its start had been saved after all
   */
  endUnclaimed(isTheirs: (pid: number) => boolean, tracking: Omit<Tracked, 'recovery'>): void {
    for (const found of this.#found) {
      const { launch, former, isSaved } = found;
      if (isSaved || isTheirs(former.pid)) continue;
      const ended = former.launcher === undefined ? this.#endHook(found) : endRun(former.launcher, tracking);
      if (!ended) continue;
      this.options.report(
        'warn',
        `${jobLabel(launch.job)}: ${describe(found)} is ended: nothing asks for it`,
      );
    }
    this.#found = [];
    this.#unsaved = [];
    this.#recorded = [];
  }

  #indexOf(job: JobRef, process: ProcessName): number {
    const key = jobKey(job);
    return this.#found.findIndex(({ launch }) => launch.process === process && jobKey(launch.job) === key);
  }

  /** @param saved the launcher itself: in the middle of a change the tracker may have been told, and the core not yet */
  #findMain(launch: UnsavedLaunch, tracking: Tracked, saved: Process | undefined): SavedLaunch | undefined {
    const key = jobKey(launch.job);
    // its own start time: it may have been created long after the record, on a busy machine or by a slow launcher
    const enter = ({ pid, started }: SeenProcess, isStarted: SavedLaunch['isStarted']): SavedLaunch => ({
      pid,
      launcher: saved ?? tracking.recovery.foundLauncher(key, pid, Math.max(launch.at, started)),
      isThere: true,
      isStarted,
    });
    if (launch.pid !== undefined) {
      const seen = this.#seen(launch, launch.pid, tracking.tracker.marks.ofJob(key));
      // a launcher that has ended may have left its daemon: the tracker looks for it
      if (seen === undefined) {
        // the pid is somebody else's by now, or nobody's
        const launcher = saved ?? tracking.recovery.foundLauncher(key, launch.pid, launch.at, true);
        return { pid: launch.pid, launcher, isThere: false, isStarted: 'yes' };
      }
      return this.#isAtGate(launch, seen) ? undefined : enter(seen, 'yes');
    }
    const start = this.#startOf(launch, tracking.tracker.marks.ofJob(key), tracking);
    if (start === undefined || this.#isAtGate(launch, start.process)) return undefined;
    return enter(start.process, start.mayBeStarted ? 'perhaps' : 'no');
  }

  #findHook(launch: UnsavedLaunch, tracking: Tracked): SavedLaunch | undefined {
    const mark = tracking.tracker.marks.ofHook(jobKey(launch.job), launch.process);
    if (launch.pid !== undefined) {
      const seen = this.#seen(launch, launch.pid, mark);
      if (seen !== undefined && this.#isAtGate(launch, seen)) return undefined;
      if (seen !== undefined) tracking.tracker.startedOther(launch.pid);
      return { pid: launch.pid, launcher: undefined, isThere: seen !== undefined, isStarted: 'yes' };
    }
    const start = this.#startOf(launch, mark, tracking);
    if (start?.mayBeStarted !== true || this.#isAtGate(launch, start.process)) return undefined;
    tracking.tracker.startedOther(start.process.pid);
    return { pid: start.process.pid, launcher: undefined, isThere: true, isStarted: 'yes' };
  }

  #startOf(launch: UnsavedLaunch, mark: number, { tracker }: Tracked): FormerStart | undefined {
    return findFormerStart(
      { job: jobKey(launch.job), mark, since: launch.at },
      tracker,
      this.options.kernel.proc,
    );
  }

  /** The recorded process itself, if it lives: by its start time or, where none was recorded, by its time and its mark. */
  #seen(launch: UnsavedLaunch, pid: number, mark: number): SeenProcess | undefined {
    const { proc } = this.options.kernel;
    const seen = lookAt(proc, pid);
    if (seen === undefined || seen.dead) return undefined;
    const { startTime, inode } = launch;
    if (startTime !== undefined) {
      const identity = { pid, startTime, ...(inode !== undefined && { inode }) };
      return isThere(identity, this.options.kernel) ? seen : undefined;
    }
    const isInTime = seen.started + TICK >= launch.at && seen.started <= launch.at + START_TAKES;
    return isInTime && proc.realtimeLimit(pid) === mark ? seen : undefined;
  }

  /**
   * Nothing has become of it yet, and what was to be done to it before its program is unknown here: it is ended, and started
   * anew. One that was not to be held back may have stopped itself, and one that has passed its gate runs its program: these are
   * left as they are.
   */
  #isAtGate(launch: UnsavedLaunch, { pid }: SeenProcess): boolean {
    return launch.gated && endAtGate(pid, this.options.kernel);
  }

  #endHook({ launch, former: { pid, isThere } }: Found): boolean {
    const { kernel } = this.options;
    const stat = kernel.proc.stat(pid);
    if (
      !isThere ||
      stat === undefined ||
      (launch.startTime !== undefined && stat.startTime !== launch.startTime)
    )
      return false;
    if (stat.group === pid) kernel.processes.killGroup(pid, constants.signals.SIGKILL);
    else kernel.processes.kill(pid, constants.signals.SIGKILL);
    return true;
  }
}

/**
 * Ends a process that was to be held at a gate, unless it has passed it: then its program has begun.
 * @returns whether it was at its gate
 */
export function endAtGate(pid: number, { proc, processes }: Pick<Kernel, 'processes' | 'proc'>): boolean {
  const isBefore = proc.stat(pid)?.isForkOnly === true || isGate(proc.arguments(pid) ?? []);
  if (isBefore) processes.kill(pid, constants.signals.SIGKILL);
  return isBefore;
}

/** The launcher that was recorded, if the job's file has it. A former one with its pid was born at another time. */
function savedLauncher(
  { process, pid, job, at, startTime }: UnsavedLaunch,
  { tracker }: Tracked,
  proc: Pick<ProcReader, 'suspended'>,
): Process | undefined {
  const known = process === 'main' && pid !== undefined ? tracker.lineage.get(pid) : undefined;
  if (known?.launcher !== known || known === undefined || tracker.jobOf(known) !== jobKey(job))
    return undefined;
  const started = startTime === undefined ? at : startTime * TICK - proc.suspended();
  const isSame = [at, started].some((time) => Math.abs(known.born - time) < START_TAKES);
  return isSame ? known : undefined;
}

/** @returns whether there was anything to end */
function endRun(launcher: Process, tracking: Omit<Tracked, 'recovery'>): boolean {
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

function describe({ launch: { process }, former: { pid } }: Found): string {
  return `process ${pid}, started as its ${process} by a foster that was killed then,`;
}
