/** What a re-exec hands over only for `status` (status-memory.ts). */
import { number, pid, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { recordOf } from '../../codec/record.js';
import type { Timestamp } from '../api/job-status.js';
import type { JobRef } from '../core/contract.js';
import { jobRef } from '../core/model.js';
import type { CoreDump } from '../process-events/core-dumps.js';

/** The candidates among which the main of a job was guessed. */
export interface Ambiguity {
  readonly job: JobRef;
  readonly candidates: readonly number[];
}

/** The last process of a job that dumped core. */
export interface JobCoreDump extends CoreDump {
  readonly job: JobRef;
}

export interface SavedStatus {
  /** when the supervisor was started, before any re-exec */
  readonly began: Timestamp;
  /**
   * milliseconds from the monotonic clock to the time of day; kept so that a moment is always printed as the same
   * time
   */
  readonly clockOffset: number;
  readonly ambiguities: readonly Ambiguity[];
  readonly coreDumps: readonly JobCoreDump[];
}

export const savedStatus = recordOf<SavedStatus>({
  began: string,
  clockOffset: number,
  ambiguities: list(recordOf<Ambiguity>({ job: jobRef, candidates: list(pid) })),
  coreDumps: list(recordOf<JobCoreDump>({ job: jobRef, pid, time: number })),
});
