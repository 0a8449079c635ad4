/** What is saved of one live job: enough for the next supervisor to take it back without restarting it. */
import type { ProcessIdentity } from '../../kernel/kernel.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Place } from './place.js';

export interface SavedJob {
  readonly job: JobRef;
  /** the core's snapshot; opaque here */
  readonly core: unknown;
  /** the tracker's lineage; opaque here */
  readonly lineage: unknown;
  /** every process that belongs to the job, with its start time: a pid that recurs is another process */
  readonly processes: readonly ProcessIdentity[];
  /** processes that stand stopped at their gate, and would stay so */
  readonly gates: readonly number[];
}

/** One file. */
export interface SavedFile extends SavedJob {
  readonly version: number;
  readonly place: Place;
  /** CLOCK_MONOTONIC when it was written, in milliseconds */
  readonly at: Milliseconds;
}

/** Raised whenever a field changes its meaning; a file of another version is not read. */
export const SAVED_VERSION = 1;

/** The file did not have the form expected of it. */
export class SavedFileError extends Error {
  override readonly name = 'SavedFileError';
}

/** @throws SavedFileError which says what was expected where */
export function parseSavedFile(text: string): SavedFile {
  const file = object(parseJson(text), 'the file');
  if (file['version'] !== SAVED_VERSION) {
    throw new SavedFileError(`version ${SAVED_VERSION} expected, ${String(file['version'])} found`);
  }
  const place = object(file['place'], 'place');
  const job = object(file['job'], 'job');
  return {
    version: SAVED_VERSION,
    place: {
      boot: string(place['boot'], 'place.boot'),
      pidNamespace: number(place['pidNamespace'], 'place.pidNamespace'),
      began: number(place['began'], 'place.began'),
    },
    at: number(file['at'], 'at'),
    job: { name: string(job['name'], 'job.name'), instance: string(job['instance'], 'job.instance') },
    core: file['core'],
    lineage: file['lineage'],
    processes: array(file['processes'], 'processes').map((entry, index) => {
      const identity = object(entry, `processes[${index}]`);
      return {
        pid: number(identity['pid'], `processes[${index}].pid`),
        startTime: number(identity['startTime'], `processes[${index}].startTime`),
      };
    }),
    gates: array(file['gates'], 'gates').map((pid, index) => number(pid, `gates[${index}]`)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SavedFileError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SavedFileError(`an object expected at ${where}`);
}

function array(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SavedFileError(`a list expected at ${where}`);
}

function string(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw new SavedFileError(`a text expected at ${where}`);
}

function number(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  throw new SavedFileError(`a number expected at ${where}`);
}
