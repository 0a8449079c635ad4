/** A job file that is looked at, and remarks on lines of it. */
import type { PlacedStanza } from '../../jobfile/check.js';
import type { JobClass, ProcessName } from '../../jobfile/job-class/job-class.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';

export interface ReviewedJob {
  readonly class: JobClass;
  readonly stanzas: readonly PlacedStanza[];
}

export interface Remark {
  readonly message: string;
  /** what can be done about it */
  readonly remedy: string;
  /** nothing is wrong, but it is worth knowing */
  readonly note?: true;
}

/** Puts a remark where a stanza of this name stands; the last one counts. */
export function at(job: ReviewedJob, stanza: string, remark: Remark): JobFileWarning {
  const place = job.stanzas.filter(({ name }) => name === stanza).at(-1);
  return { file: place?.file ?? job.class.source.path, line: place?.line ?? 0, ...remark };
}

/** The stanza that gives a process its command. */
export function commandStanza(process: ProcessName, kind: 'exec' | 'script'): string {
  return process === 'main' ? kind : `${process} ${kind}`;
}

/** A value that the job's environment completes is not known before the job starts. */
export function isLiteral(value: string): boolean {
  return !/[$`]/.test(value);
}
