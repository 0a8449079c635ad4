/** Where the log file of a job is. */
import { mkdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { findPathFault } from '../../kernel/files/path-trust.js';
import type { JobRef } from '../core/contract.js';
import type { Report } from '../log/log.js';

/** A job's output, or one of its two streams where its class keeps them apart. */
export interface StreamRef extends JobRef {
  readonly stream?: 'stderr';
}

/** `log file PATH` names it; instances and standard error have files of their own beside it. */
export function logPath(directory: string, job: StreamRef, jobClass: JobClass | undefined): string {
  const path = jobClass?.logFile ?? join(directory, logFileName({ name: job.name, instance: '' }));
  const instance = job.instance === '' ? '' : `-${job.instance.replaceAll('/', '_')}`;
  const stream = job.stream === undefined ? '' : '.err';
  const ending = extname(path);
  return join(dirname(path), `${basename(path, ending)}${instance}${stream}${ending}`);
}

/**
 * Whether a file that a job file names may be written: foster writes as root what a job has sent. Makes its directory.
 * Reports what is wrong with it.
 */
export function isTrustedLog(path: string, report: Report): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    // the first writing reports it
    if (!(error instanceof Error && 'code' in error)) throw error;
    return true;
  }
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  // whoever may write to a device does not write what it holds
  const isSocket = statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() ?? false;
  const fault = findPathFault(path, { users: [0, uid], groups: [0, gid], isSocket });
  if (fault === undefined) return true;
  report(
    'warn',
    `log file ${path} is not written, since ${fault.path} ${fault.reason} (${fault.remedy}): the log directory is used`,
  );
  return false;
}

/** JOB.log or JOB-INSTANCE.log; a slash in either becomes an underscore (Upstart section 7). */
export function logFileName({ name, instance }: JobRef): string {
  const stem = instance === '' ? name : `${name}-${instance}`;
  return `${stem.replaceAll('/', '_')}.log`;
}
