/**
 * The supervisor: its parts, joined by `assemble.ts`, and their life from the first look at what a former supervisor has left
 * to the end. How the program around it begins and ends is in `init.ts`.
 */
import type { Tracking } from '../tracker/tracking.js';
import type { Activation } from './activation.js';
import type { Configuration } from './config/configuration.js';
import type { OutputRecovery } from './output/output-recovery.js';
import type { Reaper } from './processes/reaper.js';
import type { ReportLane } from './engine/report-lane.js';
import type { HandedParts, SavedReexecState, Handover } from './state/handover.js';
import { snapshotAll, type SnapshotSources } from './state/snapshot.js';
import type { Storage } from './state/storage.js';
import type { NewOwners } from './state/recovery.js';

/** The list of parts (part-list.ts). What they keep is what a handover has, no more and no less: this does not compile otherwise. */
export interface SupervisedParts {
  readonly start: (isNew: boolean) => void;
  readonly close: () => void;
  readonly keep: () => HandedParts;
  readonly restore: (kept: HandedParts) => void;
}

export interface SupervisorOptions {
  readonly parts: SupervisedParts;
  readonly configuration: Pick<Configuration, 'read'>;
  readonly activation: Pick<Activation, 'listen'>;
  readonly storage: Pick<Storage, 'restoreJobs'>;
  /** whom the jobs of a former supervisor are given to */
  readonly owners: NewOwners;
  readonly recovery: OutputRecovery;
  /** what there is to hand over */
  readonly sources: SnapshotSources;
  readonly reaper: Pick<Reaper, 'collect'>;
  readonly tracking: Pick<Tracking, 'refresh'>;
  readonly lane: Pick<ReportLane, 'flush'>;
}

export class Supervisor {
  constructor(private readonly options: SupervisorOptions) {}

  /** Takes back what a former supervisor has left, and begins. */
  start(handover: Handover | undefined): void {
    const { parts, configuration, activation, storage, owners, recovery } = this.options;
    configuration.read();
    if (handover?.state !== undefined) parts.restore(handover.state);
    const isNew = storage.restoreJobs(owners, recovery, handover);
    // before anything that has ended meanwhile is respawned: it gets its sockets again
    activation.listen();
    parts.start(isNew);
  }

  /** Takes in what has happened and has not been looked at. */
  catchUp(): void {
    const { reaper, tracking, lane } = this.options;
    lane.flush();
    reaper.collect();
    tracking.refresh();
  }

  /** What the program that replaces this one goes on with. Nothing is closed: the re-exec may fail. */
  keep(): SavedReexecState {
    const { parts, sources, lane } = this.options;
    lane.flush();
    // before the core is saved: a line that is still to be read may say that its job is ready
    const kept = parts.keep();
    lane.flush();
    return { ...kept, ...snapshotAll(sources) };
  }

  /** Gives everything back; running processes go on. */
  close(): void {
    this.options.lane.flush();
    this.options.parts.close();
  }
}
