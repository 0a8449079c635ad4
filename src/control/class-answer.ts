/** An answer of `GET /v1/classes`, which both ends know: defaults are not sent, so that a thousand job files are a short answer. */
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

/** @throws DecodeError where the supervisor is of a later version that knows other values */
export function readClass({ class: own, ...answer }: ClassAnswer): ClassReport {
  return { ...answer, ...(own !== undefined && { class: jobClass.read(own, undefined) }) };
}
