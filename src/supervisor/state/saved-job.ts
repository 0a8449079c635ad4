/** The saved state of a live job, from which the next supervisor can recover it without a restart. */
import {
  integer,
  literal,
  milliseconds,
  number,
  opaque,
  pid,
  string,
  type Codec,
} from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { optional } from '../../codec/field.js';
import { recordOf } from '../../codec/record.js';
import type { ProcessIdentity } from '../../kernel/kernel.js';
import { jobLineage } from '../../tracker/model.js';
import type { JobLineage } from '../../tracker/model.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { jobRef } from '../core/model.js';
import { isSameBoot, type BootIdentity } from './boot-identity.js';

/** The processes of a job, of which perhaps only detached ones are alive. */
export interface JobProcessesSnapshot {
  readonly job: JobRef;
  readonly lineage: JobLineage;
  /** all processes of the job, with start times, so that a recycled pid is recognised */
  readonly processes: readonly ProcessIdentity[];
  /** processes that are stopped at their gate, and would stay stopped */
  readonly gates: readonly number[];
  /** directories of the control groups that only this job uses */
  readonly groups?: readonly string[];
}

export interface SavedJob extends JobProcessesSnapshot {
  /** the core's snapshot as JSON, which only the core can read */
  readonly core: unknown;
}

/** The contents of a file. */
export interface SavedFile extends SavedJob {
  readonly version: typeof SAVED_VERSION;
  readonly place: BootIdentity;
  /** when it was written, CLOCK_MONOTONIC in milliseconds */
  readonly at: Milliseconds;
}

/** Incremented if a field changes its meaning. Files of other versions are not read. */
export const SAVED_VERSION = 1;

export const place = recordOf<BootIdentity>({ boot: string, pidNamespace: integer(0), began: integer(0) });

export const processIdentity = recordOf<ProcessIdentity>({ pid, startTime: number, inode: optional(string) });

const processesFields = {
  job: jobRef,
  lineage: jobLineage,
  processes: list(processIdentity),
  gates: list(pid),
  groups: optional(list(string)),
};

export const jobProcesses = recordOf<JobProcessesSnapshot>(processesFields);

export const savedFile = recordOf<SavedFile>({
  version: literal(SAVED_VERSION),
  place,
  at: milliseconds,
  ...processesFields,
  core: opaque,
});

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
  const where = readable(place, parts?.place);
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
