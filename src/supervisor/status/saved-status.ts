/** What a re-exec hands over only for `status` (status-memory.ts). */
import { number, pid, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { record, type Recorded } from '../../codec/record.js';
import { jobRef } from '../core/model.js';

const ambiguityRecord = record({ job: jobRef, candidates: list(pid) });
/** The candidates among which the main of a job was guessed. */
export interface Ambiguity extends Recorded<typeof ambiguityRecord> {}

const coreDumpRecord = record({ job: jobRef, pid, time: number });
/** The last process of a job that dumped core. */
export interface JobCoreDump extends Recorded<typeof coreDumpRecord> {}

export const savedStatus = record({
  /** when the supervisor was started, before any re-exec: an ISO 8601 timestamp */
  began: string,
  /** milliseconds from the monotonic clock to the time of day; kept so that a moment is always printed as the same time */
  clockOffset: number,
  ambiguities: list<Ambiguity, unknown>(ambiguityRecord),
  coreDumps: list<JobCoreDump, unknown>(coreDumpRecord),
});
export interface SavedStatus extends Recorded<typeof savedStatus> {}
