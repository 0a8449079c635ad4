import { constants } from 'node:os';
import type { ProcessName } from '../../jobfile/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../../tracker/events.js';
import { findLaunched } from '../../tracker/scan/find-launched.js';
import type { TrackerView } from '../../tracker/scan/known.js';
import { lookAt, TICK } from '../../tracker/scan/snapshot.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobLabel } from '../job-key.js';
import type { Report } from '../output/report.js';
import type { LaunchRecord, UnsavedLaunch } from './launch-record.js';

export interface LaunchesOptions {
  /** undefined where there is no run directory */
  readonly record: LaunchRecord | undefined;
  readonly kernel: Pick<Kernel, 'processes' | 'proc' | 'now'>;
  /** saves the job as it is at this moment */
  readonly save: (job: JobRef) => void;
  readonly report: Report;
}

/** A process that a former supervisor started. It may have ended since. */
export interface FormerLaunch {
  readonly pid: number;
  /** CLOCK_MONOTONIC */
  readonly at: Nanoseconds;
}

/**
 * Sees to it that a supervisor that is killed while it starts a process does not have the next one start it again: the core,
 * taken back, asks for the same start, and is given what is there.
 */
export class Launches {
  /** taken from the record of a former supervisor, and not claimed yet */
  #unsaved: readonly UnsavedLaunch[] = [];

  constructor(private readonly options: LaunchesOptions) {}

  /**
   * A process is about to be started.
   * @param followsEnd it follows from the end of another one of the job, which the next supervisor finds out by itself; for
   *   any other start, what the core wants has to be saved first
   */
  before(job: JobRef, process: ProcessName, followsEnd: boolean): void {
    if (!followsEnd) this.options.save(job);
    this.options.record?.before(job, process);
  }

  /** It has been started. */
  after(pid: number, gated: boolean): void {
    this.options.record?.after(pid, gated);
  }

  /** These starts of a former supervisor are saved nowhere else. */
  takeUp(unsaved: readonly UnsavedLaunch[]): void {
    this.#unsaved = unsaved;
  }

  /** What a former supervisor has started in the place of a process that is about to be started; undefined: nothing. */
  claim(
    job: JobRef,
    process: ProcessName,
    view: Pick<TrackerView, 'lineage' | 'isOther'>,
  ): FormerLaunch | undefined {
    const launch = this.#unsaved.find((one) => one.process === process && jobKey(one.job) === jobKey(job));
    if (launch === undefined) return undefined;
    this.#unsaved = this.#unsaved.filter((one) => one !== launch);
    const { kernel, report } = this.options;
    const pid = launch.pid ?? findLaunched(jobKey(job), launch.at, view, kernel.proc, kernel.now());
    if (pid === undefined) return undefined;
    if (launch.gated || isStopped(pid, kernel)) {
      // nothing has become of it yet, and what was to be done to it before its program is unknown here
      kernel.processes.kill(pid, constants.signals.SIGKILL);
      return undefined;
    }
    report(
      'info',
      `${jobLabel(job)}: process ${pid}, just started by a foster that was killed, is its ${process}`,
    );
    return { pid, at: launch.at };
  }

  /** Jobs have been taken back: what none of them has asked for by now is not wanted any more. */
  endUnclaimed(view: Pick<TrackerView, 'lineage' | 'isOther'>): void {
    const { kernel, report } = this.options;
    for (const { job, process, pid, at } of this.#unsaved) {
      const isKnown = pid === undefined || view.lineage.get(pid) !== undefined || view.isOther(pid);
      if (isKnown || !isBornAfter(pid, at, kernel)) continue;
      report(
        'warn',
        `${jobLabel(job)}: process ${pid}, just started as its ${process} by a foster that was killed, is ended`,
      );
      kernel.processes.kill(-pid, constants.signals.SIGKILL);
    }
    this.#unsaved = [];
  }
}

/** Not a process that had this pid before. */
function isBornAfter(pid: number, at: Nanoseconds, { proc, now }: Pick<Kernel, 'proc' | 'now'>): boolean {
  const seen = lookAt(proc, pid, now());
  return seen !== undefined && seen.started + TICK >= at;
}

function isStopped(pid: number, { proc }: Pick<Kernel, 'proc'>): boolean {
  return proc.stat(pid)?.state === 'T';
}
