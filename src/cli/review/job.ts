/** A job file under review, and warnings about its lines. */
import type { PlacedStanza } from '../../jobfile/check.js';
import type { JobClass, ProcessName } from '../../jobfile/job-class/job-class.js';
import { PROCESS_NAMES, type CommandText } from '../../jobfile/job-class/values.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';

export interface ReviewedJob {
  readonly class: JobClass;
  readonly stanzas: readonly PlacedStanza[];
}

export interface Remark {
  readonly message: string;
  /** how to fix it */
  readonly remedy: string;
  /** no error, but worth knowing */
  readonly note?: true;
}

/** Places a remark on the stanza with this name; the last one counts. */
export function at(job: ReviewedJob, stanza: string, remark: Remark): JobFileWarning {
  const place = job.stanzas.filter(({ name }) => name === stanza).at(-1);
  return { file: place?.file ?? job.class.source.path, line: place?.line ?? 0, ...remark };
}

/** Returns the processes of a job that have a command. */
export function commandsOf(job: ReviewedJob): readonly (readonly [ProcessName, CommandText])[] {
  return PROCESS_NAMES.flatMap((process) => {
    const command = job.class.processes[process];
    return command === undefined ? [] : [[process, command] as const];
  });
}

/** Returns the stanza that holds a process's command. */
export function commandStanza(process: ProcessName, kind: 'exec' | 'script'): string {
  return process === 'main' ? kind : `${process} ${kind}`;
}

/** Tests whether a value is complete: the job's environment may expand it only at the start. */
export function isLiteral(value: string): boolean {
  return !/[$`]/.test(value);
}
