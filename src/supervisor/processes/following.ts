/** The tracker as a part of the supervisor: it follows the processes of jobs from `start` on. */
import type { ProcessEvent } from '../../tracker/events.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey } from '../../tracker/job-key.js';
import type { Part } from '../engine/part.js';
import type { Reaper } from './reaper.js';
import type { ReportLane } from '../engine/report-lane.js';

export interface FollowingOptions {
  readonly tracking: Tracking;
  readonly reaper: Pick<Reaper, 'reap'>;
  readonly core: Pick<Core, 'jobs'>;
  readonly now: () => Milliseconds;
  readonly lane: ReportLane;
  /** is given whatever the source delivers, of whatever process */
  readonly listen: (events: readonly ProcessEvent[]) => void;
}

export class Following implements Part {
  constructor(private readonly options: FollowingOptions) {}

  /** Begins to listen to the kernel, and finds out what has become of jobs that were taken back. */
  start(): void {
    const { tracking, reaper, core, now, lane, listen } = this.options;
    tracking.start({
      reap: (pids) => reaper.reap(pids),
      listen,
      turn: (act) => lane.turn(act),
      resume: () => lane.resume(),
    });
    const processes = core.jobs(now()).flatMap((job) => job.processes);
    const mains = processes.filter(({ process }) => process === 'main').map(({ pid }) => pid);
    tracking.recovery.followRecovered(mains);
  }

  /** The next run begins with a launcher of its own. */
  jobGone(job: JobRef): void {
    this.options.tracking.tracker.closeRun(jobKey(job));
  }

  close(): void {
    this.options.tracking.stop();
  }
}
