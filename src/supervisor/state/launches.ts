import { constants } from 'node:os';
import type { ProcessName } from '../../jobfile/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../../tracker/events.js';
import { findLaunched } from '../../tracker/scan/find-launched.js';
import type { Process } from '../../tracker/lineage.js';
import type { TrackerView } from '../../tracker/scan/known.js';
import { lookAt, TICK } from '../../tracker/scan/snapshot.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobLabel } from '../job-key.js';
import type { Report } from '../output/report.js';
import { LaunchError } from '../launch/launch-error.js';
import type { LaunchRecord, UnsavedLaunch } from './launch-record.js';

export interface LaunchesOptions {
  /** undefined where there is no run directory */
  readonly record: LaunchRecord | undefined;
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
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
export interface FormerLaunch {
  readonly pid: number;
  /** of a main process */
  readonly launcher: Process | undefined;
}

interface Found {
  readonly launch: UnsavedLaunch;
  readonly former: FormerLaunch;
}

/**
 * Sees to it that a supervisor that is killed while it starts a process does not have the next one start it again: the core,
 * taken back, asks for the same start, and is given what is there.
 */
export class Launches {
  /** taken from the record of a former supervisor, and not looked for yet */
  #unsaved: readonly UnsavedLaunch[] = [];
  #found: Found[] = [];

  constructor(private readonly options: LaunchesOptions) {}

  /**
   * A process is about to be started.
   * @param followsEnd it follows from the end of another one of the job, which the next supervisor finds out by itself; for
   *   any other start, what the core wants has to be saved first
   * @throws LaunchError when it would be started a second time after a crash of foster
   */
  before(job: JobRef, process: ProcessName, followsEnd: boolean): void {
    const { save, launching, record, mayBeginUnsaved } = this.options;
    if (!followsEnd) save(job);
    launching(job);
    const problem = record?.before(job, process);
    // a job that runs is kept running, and its stop is carried out: only new ones can wait
    const isNew = !followsEnd && (process === 'main' || process === 'pre-start');
    if (problem !== undefined && isNew && !mayBeginUnsaved) throw LaunchError.unsaved(problem);
  }

  /** It has been started. */
  after(pid: number, gated: boolean): void {
    this.options.record?.after(pid, gated);
  }

  /** These starts of a former supervisor are saved nowhere else. */
  takeUp(unsaved: readonly UnsavedLaunch[]): void {
    this.#unsaved = unsaved;
  }

  /**
   * Finds what was started of this job. To be called when its saved processes are known again, and before anybody looks at
   * /proc for others: what has been started would be taken for their doing.
   */
  find(job: JobRef, tracking: Pick<Tracking, 'tracker' | 'foundLauncher'>): void {
    const isOfJob = (one: UnsavedLaunch): boolean => jobKey(one.job) === jobKey(job);
    for (const launch of this.#unsaved.filter(isOfJob)) {
      const pid = this.#pidOf(launch, tracking.tracker);
      if (pid === undefined) continue;
      const isMain = launch.process === 'main';
      const find = (): Process => tracking.foundLauncher(jobKey(job), pid, launch.at);
      // in the middle of a change the tracker may have been told, and the core not yet
      const launcher = isMain ? (tracking.tracker.lineage.get(pid) ?? find()) : undefined;
      if (!isMain) tracking.tracker.startedOther(pid);
      this.#found.push({ launch, former: { pid, launcher } });
    }
    this.#unsaved = this.#unsaved.filter((one) => !isOfJob(one));
  }

  /** What a former supervisor has started in the place of a process that is about to be started; undefined: nothing. */
  claim(job: JobRef, process: ProcessName): FormerLaunch | undefined {
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
  endUnclaimed(isTheirs: (pid: number) => boolean): void {
    const { kernel, report } = this.options;
    for (const found of this.#found) {
      const { launch, former } = found;
      if (isTheirs(former.pid) || !isThisAlive(former.pid, launch.at, kernel)) continue;
      report('warn', `${jobLabel(launch.job)}: ${describe(found)} is ended: nothing asks for it`);
      kernel.processes.killGroup(former.pid, constants.signals.SIGKILL);
    }
    this.#found = [];
    this.#unsaved = [];
  }

  #indexOf(job: JobRef, process: ProcessName): number {
    const key = jobKey(job);
    return this.#found.findIndex(({ launch }) => launch.process === process && jobKey(launch.job) === key);
  }

  #pidOf(launch: UnsavedLaunch, view: Pick<TrackerView, 'lineage' | 'isOther'>): number | undefined {
    const { kernel } = this.options;
    const isThere = launch.pid !== undefined && isThisAlive(launch.pid, launch.at, kernel);
    // a launcher that has ended may have left its daemon, which is some other subreaper's child by now
    const mayBeLeft = launch.pid === undefined || (launch.process === 'main' && !isThere);
    const found = mayBeLeft ? findLaunched(jobKey(launch.job), launch.at, view, kernel.proc) : undefined;
    const pid = found ?? launch.pid;
    if (pid === undefined) return undefined;
    if (!launch.gated && kernel.proc.stat(pid)?.state !== 'T') return pid;
    // nothing has become of it yet, and what was to be done to it before its program is unknown here
    if (isThisAlive(pid, launch.at, kernel)) kernel.processes.kill(pid, constants.signals.SIGKILL);
    return undefined;
  }
}

function describe({ launch: { process }, former: { pid } }: Found): string {
  return `process ${pid}, started as its ${process} by a foster that was killed then,`;
}

/** Alive, and not a process that had this pid before. */
function isThisAlive(pid: number, at: Nanoseconds, { proc }: Pick<Kernel, 'proc'>): boolean {
  const seen = lookAt(proc, pid);
  return seen !== undefined && !seen.dead && seen.started + TICK >= at;
}
