/** The path of a job's log file. */
import { mkdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { findPathFault } from '../../kernel/files/path-trust.js';
import type { JobRef } from '../core/contract.js';
import type { Report } from '../log/log.js';
import type { StreamRef } from './stream.js';
import { statIfPossible } from '../../kernel/files/stat.js';
import { isCodedError } from '../../kernel/errno.js';

/**
 * Returns the path of a stream's log: that of the stanza `log file`, or the default. Instances and standard error
 * have their own files beside it.
 */
export function logPath(directory: string, job: StreamRef, jobClass: JobClass | undefined): string {
  const path = jobClass?.logFile ?? join(directory, logFileName({ name: job.name, instance: '' }));
  const instance = job.instance === '' ? '' : `-${job.instance.replaceAll('/', '_')}`;
  const stream = job.stream === undefined ? '' : '.err';
  const ending = extname(path);
  return join(dirname(path), `${basename(path, ending)}${instance}${stream}${ending}`);
}

/**
 * Returns whether foster may write a log to a path that a job file names. As root it would otherwise write a job's
 * output to any file that somebody links there. Creates the directory, and reports what is wrong.
 */
export function isTrustedLog(path: string, report: Report): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    // the first write reports it
    if (!isCodedError(error)) throw error;
    return true;
  }
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  // for a device, as for a socket, write permission of others does not matter: it stores nothing
  const isSocket = statIfPossible(path)?.isCharacterDevice() ?? false;
  const fault = findPathFault(path, { users: [0, uid], groups: [0, gid], isSocket });
  if (fault === undefined) return true;
  report(
    'warn',
    `log file ${path} is not used, since ${fault.path} ${fault.reason} (${fault.remedy}): foster logs to the log directory instead`,
  );
  return false;
}

/** Returns JOB.log or JOB-INSTANCE.log. Slashes become underscores (Upstart section 7). */
export function logFileName({ name, instance }: JobRef): string {
  const stem = instance === '' ? name : `${name}-${instance}`;
  return `${stem.replaceAll('/', '_')}.log`;
}
