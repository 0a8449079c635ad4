/**
 * The supervisor: starts its parts (built by `assembly/assemble.ts`), after recovering what a previous supervisor
 * left, and closes them. `init.ts` is the program around it.
 */
import type { Tracking } from '../tracker/tracking.js';
import type { Activation } from './activation.js';
import type { Configuration } from './config/configuration.js';
import type { OutputRecovery } from './output/output-recovery.js';
import type { Reaper } from './processes/reaper.js';
import type { ReportLane } from './engine/report-lane.js';
import type { SavedParts, SavedReexecState, Handover } from './state/handover.js';
import { snapshotAll, type SnapshotSources } from './state/snapshot.js';
import type { Storage } from './state/storage.js';
import type { RecoveredJobsOwners } from './state/recovery.js';

/**
 * The list of parts (engine/part-list.ts). If the parts save more or less than a handover contains, this does not
 * compile.
 */
export interface SupervisedParts {
  readonly start: (isNew: boolean) => void;
  readonly close: () => void;
  readonly saveForReexec: () => SavedParts;
  readonly restoreAfterReexec: (saved: SavedParts) => void;
}

interface SupervisorOptions {
  readonly parts: SupervisedParts;
  readonly configuration: Pick<Configuration, 'read'>;
  readonly activation: Pick<Activation, 'listen'>;
  readonly storage: Pick<Storage, 'restoreJobs' | 'startupBegan'>;
  /** the parts that take over recovered jobs */
  readonly owners: RecoveredJobsOwners;
  readonly recovery: OutputRecovery;
  /** the sources of a handover's state */
  readonly sources: SnapshotSources;
  readonly reaper: Pick<Reaper, 'collect'>;
  readonly tracking: Pick<Tracking, 'refresh'>;
  readonly lane: Pick<ReportLane, 'flush'>;
}

export class Supervisor {
  constructor(private readonly options: SupervisorOptions) {}

  /** Recovers the jobs of a previous supervisor, and starts all parts. */
  start(handover: Handover | undefined): void {
    const { parts, configuration, activation, storage, owners, recovery, lane } = this.options;
    configuration.read();
    if (handover?.state !== undefined) parts.restoreAfterReexec(handover.state);
    const isNew = storage.restoreJobs(owners, recovery, handover);
    // before jobs that have ended meanwhile are respawned, since they need their sockets
    activation.listen();
    parts.start(isNew);
    lane.flush();
    storage.startupBegan();
  }

  /** Handles everything that has happened and was not handled yet. */
  catchUp(): void {
    const { reaper, tracking, lane } = this.options;
    lane.flush();
    reaper.collect();
    tracking.refresh();
  }

  /** Returns the state for a re-exec. Closes nothing, since the re-exec may fail. */
  saveForReexec(): SavedReexecState {
    const { parts, sources, lane } = this.options;
    lane.flush();
    // before the core is saved: an unread line of output may be the one that makes its job ready
    const saved = parts.saveForReexec();
    lane.flush();
    return { ...saved, ...snapshotAll(sources) };
  }

  /** Releases all resources; jobs keep running. */
  close(): void {
    this.options.lane.flush();
    this.options.parts.close();
  }
}
