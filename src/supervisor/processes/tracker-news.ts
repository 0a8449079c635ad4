/**
 * Distributes the events and verdicts of the tracker to the parts: immediately where something waits for them,
 * otherwise as reports.
 */
import type { TrackerOutput } from '../../tracker/tracker.js';
import type { JobGroups } from '../cgroup/job-groups.js';
import type { MemberEnding } from '../ending/member-ending.js';
import type { Feed } from '../feed/feed.js';
import { jobOfKey } from '../../tracker/job-key.js';
import type { ProcessEvents } from '../process-events/process-events.js';
import type { Readiness } from '../readiness/readiness.js';
import type { ReportLane } from '../engine/report-lane.js';
import type { Storage } from '../state/storage.js';
import type { VerdictReports } from './verdict-reports.js';

interface TrackerNewsOptions {
  readonly ending: Pick<MemberEnding, 'onExits'>;
  readonly groups: Pick<JobGroups, 'processEnded'>;
  readonly readiness: Pick<Readiness, 'processChanged'>;
  readonly processEvents: Pick<ProcessEvents, 'onEvent' | 'onVerdict'>;
  readonly verdicts: Pick<VerdictReports, 'note' | 'report'>;
  readonly storage: Pick<Storage, 'mainChanged'>;
  readonly feed: Pick<Feed, 'overflow'>;
  readonly lane: Pick<ReportLane, 'add'>;
}

type Output<Kind extends TrackerOutput['kind']> = Extract<TrackerOutput, { kind: Kind }>;

export class TrackerNews {
  constructor(private readonly options: TrackerNewsOptions) {}

  readonly handle = (output: TrackerOutput): void => {
    const { feed, lane } = this.options;
    if (output.kind === 'event') this.#saw(output);
    else if (output.kind === 'verdict') this.#concluded(output);
    else lane.add(() => feed.overflow(output.event));
  };

  #saw({ job, event }: Output<'event'>): void {
    const { ending, groups, readiness, processEvents } = this.options;
    if (event.type === 'exit') {
      ending.onExits();
      groups.processEnded(job);
    }
    readiness.processChanged(job);
    processEvents.onEvent(job, event);
  }

  #concluded({ verdict }: Output<'verdict'>): void {
    const { verdicts, processEvents, storage, lane } = this.options;
    verdicts.note(verdict);
    if (verdict.verdict === 'main') storage.mainChanged(jobOfKey(verdict.job));
    lane.add(() => {
      verdicts.report(verdict);
      processEvents.onVerdict(verdict);
    });
  }
}
