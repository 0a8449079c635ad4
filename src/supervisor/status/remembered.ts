/** What a supervisor that replaces itself by its program hands on for status alone (status-memory.ts). */
import { number, pid, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { record } from '../../codec/record.js';
import type { Timestamp } from '../api.js';
import type { JobRef } from '../core/contract.js';
import { jobRef } from '../core/snapshot/job-codec.js';
import type { CoreDump } from '../process-events/core-dumps.js';

/** Among whom main of a job was guessed. */
export interface Ambiguity {
  readonly job: JobRef;
  readonly candidates: readonly number[];
}

/** The latest process of a job that dumped core. */
export interface JobCoreDump extends CoreDump {
  readonly job: JobRef;
}

export interface Remembered {
  /** when the supervisor began, whatever has replaced its program since */
  readonly began: Timestamp;
  /** between the monotonic clock and the time of day, milliseconds: the same moment is shown as the same time */
  readonly clockOffset: number;
  readonly ambiguities: readonly Ambiguity[];
  readonly coreDumps: readonly JobCoreDump[];
}

export const remembered = record<Remembered>({
  began: string,
  clockOffset: number,
  ambiguities: list(record<Ambiguity>({ job: jobRef, candidates: list(pid) })),
  coreDumps: list(record<JobCoreDump>({ job: jobRef, pid, time: number })),
});
