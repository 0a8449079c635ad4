/**
 * An answer of `GET /v1/classes`, for both ends. Defaults are omitted, so that the answer stays short even
 * for a thousand job files.
 */
import type { JsonObject } from '../codec/containers.js';
import { jobClass } from '../jobfile/job-class/job-class.js';
import type { ClassReport } from '../supervisor/config/job-files.js';

export interface ClassAnswer extends Omit<ClassReport, 'class'> {
  /** fields at their default are absent */
  readonly class?: JsonObject;
}

export function writeClass({ class: own, ...report }: ClassReport): ClassAnswer {
  return { ...report, ...(own !== undefined && { class: jobClass.write(own, undefined) }) };
}

/** @throws DecodeError if the supervisor is a later version with other values */
export function readClass({ class: own, ...answer }: ClassAnswer): ClassReport {
  return { ...answer, ...(own !== undefined && { class: jobClass.read(own, undefined) }) };
}
