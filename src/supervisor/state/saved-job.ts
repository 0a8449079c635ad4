/** The saved state of a live job, from which the next supervisor can recover it without a restart. */
import { literal, milliseconds, number, opaque, pid, string, type Codec } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { optional } from '../../codec/field.js';
import { record, recordOf, type Recorded } from '../../codec/record.js';
import type { ProcessIdentity } from '../../kernel/kernel.js';
import { jobLineage } from '../../tracker/model.js';
import type { JobRef } from '../core/contract.js';
import { jobRef } from '../core/model.js';
import { bootIdentity, isSameBoot, type BootIdentity } from './boot-identity.js';

/** Incremented if a field changes its meaning. Files of other versions are not read. */
export const SAVED_VERSION = 1;

const processIdentity = recordOf<ProcessIdentity>({ pid, startTime: number, inode: optional(string) });

const processesFields = {
  job: jobRef,
  lineage: jobLineage,
  /** all processes of the job, with start times, so that a recycled pid is recognised */
  processes: list(processIdentity),
  /** processes that are stopped at their gate, and would stay stopped */
  gates: list(pid),
  /** directories of the control groups that only this job uses */
  groups: optional(list(string)),
};

export const jobProcesses = record(processesFields);
/** The processes of a job, of which perhaps only detached ones are alive. */
export interface JobProcessesSnapshot extends Recorded<typeof jobProcesses> {}

export const savedFile = record({
  version: literal(SAVED_VERSION),
  place: bootIdentity,
  /** when it was written, CLOCK_MONOTONIC in milliseconds */
  at: milliseconds,
  ...processesFields,
  /** the core's snapshot as JSON, which only the core can read */
  core: opaque,
});
/** The contents of a file. */
export interface SavedFile extends Recorded<typeof savedFile> {}
export type SavedJob = Omit<SavedFile, 'version' | 'place' | 'at'>;

/** The fields of a damaged file that may be readable. */
interface Damaged {
  readonly place?: unknown;
  readonly job?: unknown;
  readonly processes?: unknown;
}

/**
 * Returns the processes in a damaged file, as far as it is readable, for the report. Returns none if the file may be
 * from before a reboot, since the pids would mean other processes.
 */
export function identitiesIn(json: unknown, here: BootIdentity): readonly ProcessIdentity[] {
  const parts = json as Damaged | null | undefined;
  const where = readable(bootIdentity, parts?.place);
  if (where === undefined || !isSameBoot(where, here)) return [];
  return readable(list(processIdentity), parts?.processes) ?? [];
}

/** Returns the job in a damaged file whose name is a hash. */
export function jobIn(json: unknown): JobRef | undefined {
  return readable(jobRef, (json as Damaged | null | undefined)?.job);
}

function readable<Value>(codec: Codec<Value>, json: unknown): Value | undefined {
  try {
    return codec.read(json, undefined);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}
