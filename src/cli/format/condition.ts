/** Classifies jobs by one word and a reason, for `foster list` and `foster top`. Pure. */
import { commandHint } from '../../text/command-hint.js';
import { counted } from '../../text/phrases.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { Shade } from './line.js';
import { jobTitle } from './status-line.js';
import { briefly, duration, localTime } from './time.js';
import { exitWords, fileState, ownWords } from './job-phrases.js';

export const CONDITIONS = [
  'running',
  'unhealthy',
  'starting',
  'stopping',
  'backing off',
  'waiting',
  'frozen',
  'failed',
  'unclear',
  'broken file',
  'stopped',
] as const;
export type Condition = (typeof CONDITIONS)[number];

export const SHADES: Readonly<Record<Condition, Shade | undefined>> = {
  running: 'green',
  unhealthy: 'red',
  starting: 'yellow',
  stopping: 'yellow',
  'backing off': 'yellow',
  waiting: 'yellow',
  frozen: 'yellow',
  failed: 'red',
  unclear: 'red',
  'broken file': 'red',
  stopped: undefined,
};

/** Conditions that need attention: `foster list --failed`. */
export const TROUBLE: readonly Condition[] = ['failed', 'unhealthy', 'unclear', 'broken file', 'backing off'];

export function conditionOf(job: JobStatus): Condition {
  const { goal, state, failure, file, unclear, nextStart, waitingFor } = job;
  if (job.cgroup?.frozen === true) return 'frozen';
  switch (state) {
    case 'running':
      if (goal === 'stop') return 'stopping';
      return job.health?.state === 'unhealthy' ? 'unhealthy' : 'running';
    case 'starting':
      return goal === 'stop' ? 'stopping' : 'waiting';
    case 'security':
    case 'pre-start':
    case 'spawned':
    case 'post-start':
      return goal === 'stop' ? 'stopping' : 'starting';
    case 'pre-stop':
    case 'stopping':
    case 'killed':
      return 'stopping';
    case 'post-stop':
      // in this state, a job without a process is pausing before a respawn
      return goal === 'stop' || job.processes.length > 0 ? 'stopping' : 'backing off';
    case 'waiting':
      if (file?.state === 'broken') return 'broken file';
      if (unclear !== undefined) return 'unclear';
      if (failure !== undefined) return 'failed';
      return nextStart !== undefined || waitingFor !== undefined ? 'waiting' : 'stopped';
  }
}

/**
 * Returns the reason for the condition, or another remark, in a few words; empty when there is none.
 * @param now milliseconds since 1970
 */
export function reasonOf(job: JobStatus, now: number): string {
  const condition = conditionOf(job);
  switch (condition) {
    case 'running':
      return joined(
        failedChecks(job),
        surplus(job),
        job.manual === true ? 'manual' : undefined,
        fileRemark(job),
        guess(job),
        ownWords(job),
        job.respawns > 0 ? lastExit(job, now) : undefined,
      );
    case 'unhealthy':
      return joined(failedChecks(job), fileRemark(job), ownWords(job));
    case 'starting':
    case 'stopping':
      // the pid has its own column
      return joined(job.failure, job.waitingFor?.replace(/^main process \(\d+\) /, 'main '));
    case 'backing off':
      return joined(exitText(job), nextRespawn(job, now));
    case 'waiting':
      return joined(nextStart(job, now), job.waitingFor, lastExit(job, now));
    case 'frozen':
      return `'${commandHint('thaw', jobTitle(job))}' lets it go on`;
    case 'failed':
      return joined(`${shortFailure(job)}, ${ago(job.since, now)}`, fileRemark(job));
    case 'unclear':
      return job.failure ?? `processes ${(job.unclear ?? []).join(', ')} may be of this job`;
    case 'broken file':
      return job.file?.error === undefined
        ? 'its job file is broken'
        : withoutDirectory(job.file.error, job.file);
    case 'stopped':
      return joined(
        job.copies?.count === 0 ? 'no instances' : undefined,
        job.manual === true ? 'manual' : undefined,
        fileRemark(job),
        lastExit(job, now),
      );
  }
}

/** Tests whether a copy runs although the file, or `foster scale`, now wants fewer. */
export function isSurplus({ copies, instance }: Pick<JobStatus, 'copies' | 'instance'>): boolean {
  if (copies === undefined || instance === '') return false;
  const number = Number(instance);
  return number < copies.first || number >= copies.first + copies.count;
}

function surplus(job: JobStatus): string | undefined {
  if (!isSurplus(job) || job.copies === undefined) return undefined;
  return `more than its ${counted(job.copies.count, 'instance')}: '${commandHint('scale', job.name)}' stops it`;
}

/** Returns when main was started; undefined when it does not run. */
export function upSince({ main, mainSince }: JobStatus): number | undefined {
  return main === null || mainSince === undefined ? undefined : Date.parse(mainSince);
}

function fileRemark({ file }: JobStatus): string | undefined {
  return file?.state === undefined ? undefined : withoutDirectory(fileState(file), file);
}

/** Shortens the path to the file's name, since a table has no room for more. */
function withoutDirectory(text: string, { path }: NonNullable<JobStatus['file']>): string {
  return text.replace(path, path.slice(path.lastIndexOf('/') + 1));
}

/** Removes the pid, which is useless once the process has ended: `terminated with status 1`. */
function shortFailure({ failure = 'failed' }: JobStatus): string {
  return failure.replace(/main process \(\d+\) /, '');
}

/** Returns `3 checks failed: GET http://127.0.0.1:8080/ answered 503`. */
function failedChecks({ health }: JobStatus): string | undefined {
  if (health === undefined || health.failures === 0) return undefined;
  const { failures, last } = health;
  return `${counted(failures, 'check')} failed${last === undefined ? '' : `: ${last.text}`}`;
}

function nextRespawn({ respawnAt }: JobStatus, now: number): string | undefined {
  return respawnAt === undefined ? undefined : `next start in ${briefly(Date.parse(respawnAt) - now)}`;
}

function guess({ ambiguous }: JobStatus): string | undefined {
  return ambiguous === undefined ? undefined : `main is a guess among ${ambiguous.join(' ')}`;
}

function exitText({ exit }: JobStatus): string | undefined {
  return exit === null ? undefined : exitWords(exit);
}

function lastExit({ exit }: JobStatus, now: number): string | undefined {
  return exit === null ? undefined : `last exit: ${exitWords(exit)}, ${ago(exit.at, now)}`;
}

function nextStart({ nextStart }: JobStatus, now: number): string | undefined {
  if (nextStart === undefined) return undefined;
  return `next start in ${duration(Date.parse(nextStart) - now)} (${localTime(nextStart)})`;
}

function ago(timestamp: string, now: number): string {
  return `${duration(now - Date.parse(timestamp))} ago`;
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}
