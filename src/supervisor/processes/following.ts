/** Runs the tracker as a part of the supervisor. */
import type { ProcessEvent } from '../../tracker/events.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey } from '../../tracker/job-key.js';
import type { Part } from '../engine/part.js';
import type { Reaper } from './reaper.js';
import type { ReportLane } from '../engine/report-lane.js';

interface FollowingOptions {
  readonly tracking: Tracking;
  readonly reaper: Pick<Reaper, 'reap'>;
  readonly core: Pick<Core, 'jobs'>;
  readonly now: () => Milliseconds;
  readonly lane: ReportLane;
  /** receives all events of the source, of any process */
  readonly listen: (events: readonly ProcessEvent[]) => void;
}

export class Following implements Part {
  constructor(private readonly options: FollowingOptions) {}

  /** Starts to receive events from the kernel, and finds out what has happened to recovered jobs. */
  start(): void {
    const { tracking, reaper, core, now, lane, listen } = this.options;
    tracking.start({
      reap: (pids) => reaper.reap(pids),
      onEvents: listen,
      turn: (act) => lane.turn(act),
    });
    const processes = core.jobs(now()).flatMap((job) => job.processes);
    const mains = processes.filter(({ process }) => process === 'main').map(({ pid }) => pid);
    tracking.recovery.followRecovered(mains);
  }

  /** Ends the run: the next one has a launcher of its own. */
  jobGone(job: JobRef): void {
    this.options.tracking.tracker.closeRun(jobKey(job));
  }

  close(): void {
    this.options.tracking.stop();
  }
}
