/** What is saved of one live job: enough for the next supervisor to take it back without restarting it. */
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
import { jobLineage } from '../../tracker/lineage/saved-lineage.js';
import type { JobLineage } from '../../tracker/model.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { jobRef } from '../core/model.js';
import { isSameBoot, type BootIdentity } from './boot-identity.js';

/** One job of which anything is known, also if only detached processes of it live. */
export interface JobProcessesSnapshot {
  readonly job: JobRef;
  readonly lineage: JobLineage;
  /** every process that belongs to the job, with its start time: a pid that recurs is another process */
  readonly processes: readonly ProcessIdentity[];
  /** processes that stand stopped at their gate, and would stay so */
  readonly gates: readonly number[];
  /** directories of the control groups that the job has for itself */
  readonly groups?: readonly string[];
}

export interface SavedJob extends JobProcessesSnapshot {
  /** the core's snapshot, as JSON: the core alone can read it */
  readonly core: unknown;
}

/** One file. */
export interface SavedFile extends SavedJob {
  readonly version: typeof SAVED_VERSION;
  readonly place: BootIdentity;
  /** CLOCK_MONOTONIC when it was written, in milliseconds */
  readonly at: Milliseconds;
}

/** Raised whenever a field changes its meaning; a file of another version is not read. */
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

/** What a damaged file says of itself. */
interface Damaged {
  readonly place?: unknown;
  readonly job?: unknown;
  readonly processes?: unknown;
}

/**
 * The processes that a damaged file names, as far as that can be read: somebody has to be told of them. There are none where
 * the file may be from before a reboot: their ids would mean others.
 */
export function identitiesIn(json: unknown, here: BootIdentity): readonly ProcessIdentity[] {
  const parts = json as Damaged | null | undefined;
  const where = readable(place, parts?.place);
  if (where === undefined || !isSameBoot(where, here)) return [];
  return readable(list(processIdentity), parts?.processes) ?? [];
}

/** The job of a damaged file whose name is a hash. */
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
