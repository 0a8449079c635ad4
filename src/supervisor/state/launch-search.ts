/**
 * Finds the processes that a killed supervisor was starting: by the recorded pid or, where the record has none, by the mark
 * of the job.
 */
import { constants } from 'node:os';
import type { Kernel, ProcReader } from '../../kernel/kernel.js';
import type { Process } from '../../tracker/model.js';
import { findFormerStart, type FormerStart } from '../../tracker/scan/former-processes.js';
import { lookAt, TICK, type SeenProcess } from '../../tracker/scan/snapshot.js';
import type { Tracking } from '../../tracker/tracking.js';
import { jobKey } from '../../tracker/job-key.js';
import { isGate } from '../launch/plan.js';
import type { UnsavedLaunch } from './launch-record.js';
import { processExists } from './process-identities.js';

/** A process that a previous supervisor started. It may have ended since. */
export interface SavedLaunch {
  readonly pid: number;
  /** the launcher, if the process is main */
  readonly launcher: Process | undefined;
  /** whether it is alive; for a main, the tracker knows */
  readonly isAlive: boolean;
  /**
   * Whether this is the process that was started. `no`: it is a successor of it. `perhaps`: it leads its session,
   * which both do.
   */
  readonly isStarted: 'yes' | 'perhaps' | 'no';
}

/** The parts of the tracker that a search uses. */
export interface SearchTracking {
  readonly tracker: Tracking['tracker'];
  readonly recovery: Pick<Tracking['recovery'], 'foundLauncher'>;
  readonly handles: Pick<Tracking['handles'], 'hold'>;
}

/** If a record has no start time: how long after the record the process may have been created, on a busy machine. */
const MAX_START_DELAY = 1e9;

/** A start of the record that led to a process. */
export interface FoundLaunch {
  readonly launch: UnsavedLaunch;
  readonly former: SavedLaunch;
  /**
   * The job's file contains its launcher, too: foster was killed after it saved the job, and before it cleared the
   * record. The tracker finds out what happened to this run, and none of it is unclaimed.
   */
  readonly isSaved: boolean;
}

export class LaunchSearch {
  constructor(private readonly kernel: Pick<Kernel, 'processes' | 'proc'>) {}

  /**
   * Finds what was started. Enters a launcher into the tracker.
   * @returns undefined if nothing was started, or only a process at its gate, which is killed
   */
  find(launch: UnsavedLaunch, tracking: SearchTracking): FoundLaunch | undefined {
    const saved = savedLauncher(launch, tracking, this.kernel.proc);
    const former =
      launch.process === 'main' ? this.#findMain(launch, tracking, saved) : this.#findHook(launch, tracking);
    return former && { launch, former, isSaved: saved !== undefined };
  }

  /**
   * @param saved the launcher, if it is in the job's file: the file may be older than the core's change, but not the
   *   tracker's
   */
  #findMain(
    launch: UnsavedLaunch,
    tracking: SearchTracking,
    saved: Process | undefined,
  ): SavedLaunch | undefined {
    const key = jobKey(launch.job);
    // its own start time, since it may have been created long after the record: on a busy machine, or by a slow
    // launcher
    const enter = ({ pid, started }: SeenProcess, isStarted: SavedLaunch['isStarted']): SavedLaunch => ({
      pid,
      launcher: saved ?? tracking.recovery.foundLauncher(key, pid, Math.max(launch.at, started)),
      isAlive: true,
      isStarted,
    });
    if (launch.pid !== undefined) {
      const seen = this.#seen(launch, launch.pid, tracking.tracker.marks.ofJob(key));
      // a launcher that has ended may have left its daemon, which the tracker searches for
      if (seen === undefined) {
        // the pid is free or recycled by now
        const launcher = saved ?? tracking.recovery.foundLauncher(key, launch.pid, launch.at, true);
        return { pid: launch.pid, launcher, isAlive: false, isStarted: 'yes' };
      }
      return this.#isAtGate(launch, seen) ? undefined : enter(seen, 'yes');
    }
    const start = this.#startOf(launch, tracking.tracker.marks.ofJob(key), tracking);
    if (start === undefined || this.#isAtGate(launch, start.process)) return undefined;
    return enter(start.process, start.mayBeStarted ? 'perhaps' : 'no');
  }

  #findHook(launch: UnsavedLaunch, tracking: SearchTracking): SavedLaunch | undefined {
    const mark = tracking.tracker.marks.ofHook(jobKey(launch.job), launch.process);
    if (launch.pid !== undefined) {
      const seen = this.#seen(launch, launch.pid, mark);
      if (seen !== undefined && this.#isAtGate(launch, seen)) return undefined;
      if (seen !== undefined) tracking.tracker.startedOther(launch.pid);
      return { pid: launch.pid, launcher: undefined, isAlive: seen !== undefined, isStarted: 'yes' };
    }
    const start = this.#startOf(launch, mark, tracking);
    if (start?.mayBeStarted !== true || this.#isAtGate(launch, start.process)) return undefined;
    tracking.tracker.startedOther(start.process.pid);
    return { pid: start.process.pid, launcher: undefined, isAlive: true, isStarted: 'yes' };
  }

  #startOf(launch: UnsavedLaunch, mark: number, { tracker }: SearchTracking): FormerStart | undefined {
    return findFormerStart({ job: jobKey(launch.job), mark, since: launch.at }, tracker, this.kernel.proc);
  }

  /**
   * Returns the recorded process if it is alive: identified by its start time or, if none was recorded, by its age
   * and mark.
   */
  #seen(launch: UnsavedLaunch, pid: number, mark: number): SeenProcess | undefined {
    const { proc } = this.kernel;
    const seen = lookAt(proc, pid);
    if (seen === undefined || seen.dead) return undefined;
    const { startTime, inode } = launch;
    if (startTime !== undefined) {
      const identity = { pid, startTime, ...(inode !== undefined && { inode }) };
      return processExists(identity, this.kernel) ? seen : undefined;
    }
    const isInTime = seen.started + TICK >= launch.at && seen.started <= launch.at + MAX_START_DELAY;
    return isInTime && proc.realtimeLimit(pid) === mark ? seen : undefined;
  }

  /**
   * Kills a process that is still at its gate, since what should be done to it there is unknown now: it is started
   * anew. A process without a gate, or one that has passed it, is left alone.
   */
  #isAtGate(launch: UnsavedLaunch, { pid }: SeenProcess): boolean {
    return launch.gated && endAtGate(pid, this.kernel);
  }
}

/**
 * Kills a process if it is still at its gate, so that its program has not started.
 * @returns whether it was at its gate
 */
export function endAtGate(pid: number, { proc, processes }: Pick<Kernel, 'processes' | 'proc'>): boolean {
  const isBefore = proc.stat(pid)?.isForkOnly === true || isGate(proc.arguments(pid) ?? []);
  if (isBefore) processes.kill(pid, constants.signals.SIGKILL);
  return isBefore;
}

/**
 * Returns the recorded launcher if the job's file contains it. An earlier one with the same pid has another birth
 * time.
 */
function savedLauncher(
  { process, pid, job, at, startTime }: UnsavedLaunch,
  { tracker }: SearchTracking,
  proc: Pick<ProcReader, 'suspended'>,
): Process | undefined {
  const known = process === 'main' && pid !== undefined ? tracker.lineage.get(pid) : undefined;
  if (known?.launcher !== known || known === undefined || tracker.jobOf(known) !== jobKey(job))
    return undefined;
  const started = startTime === undefined ? at : startTime * TICK - proc.suspended();
  const isSame = [at, started].some((time) => Math.abs(known.born - time) < MAX_START_DELAY);
  return isSame ? known : undefined;
}
