/** Phrases that `list`, `status`, `why` and the page share: who started or stopped a job, how a process ended, how a file differs. Pure. */
import type { DecisionReport, ExitReport, JobStatus } from '../../supervisor/api/job-status.js';
import type { JobFile } from '../../supervisor/config/job-files.js';

/** Returns the name of a user id; undefined when it has none. */
export type UserName = (uid: number) => string | undefined;

type Done = 'started' | 'stopped';

/**
 * Returns `root gave the command 'start'` or `the event runlevel RUNLEVEL=2 started it`: a sentence without
 * its time.
 */
export function causeSentence(done: Done, decision: DecisionReport, userName: UserName): string {
  switch (decision.kind) {
    case 'command':
      return commandSentence(done, decision, userName);
    case 'events': {
      const [first = '', ...others] = decision.events;
      const names =
        others.length === 0 ? `the event ${first}` : `the events ${[first, ...others].join(' and ')}`;
      return `${names} ${done} it`;
    }
    case 'job':
      return done === 'started'
        ? `the job ${decision.job}, which requires it, ${done} it`
        : `the job ${decision.job}, which it requires, was to stop, and ${done} it`;
    case 'clear':
      return `foster ${done} it when the processes that a crash had left unclear had ended`;
  }
}

function commandSentence(
  done: Done,
  { by, verb }: Extract<DecisionReport, { kind: 'command' }>,
  userName: UserName,
): string {
  switch (by) {
    case undefined:
      return `somebody gave the command '${verb}'`;
    case 'schedule':
      return `its schedule ${done} it`;
    case 'foster':
      return `foster ${done} it at its own start`;
    case 'shutdown':
      return `the shutdown of foster ${done} it`;
    default:
      return `${userName(by) ?? `user ${by}`} gave the command '${verb}'`;
  }
}

/**
 * Returns `status 1`, `signal KILL` or `signal TERM, unhealthy: 3 checks in a row have failed`, to follow
 * `last exit:`.
 */
export function exitWords(exit: ExitReport): string {
  return `${howItEnded(exit)}${exit.because === undefined ? '' : `, ${exit.because}`}`;
}

function howItEnded(exit: ExitReport): string {
  if ('unknown' in exit) return UNKNOWN[exit.unknown];
  return 'signal' in exit ? `signal ${exit.signal}` : `status ${exit.status}`;
}

const UNKNOWN = {
  'ended-while-down': 'unknown, ended while foster was down',
  'not-reported': 'status unknown',
} as const;

/**
 * Returns `file changed since start` or `file broken: web.ini:3: ...`; the path when there is no difference.
 */
export function fileState(file: JobFile): string {
  switch (file.state) {
    case 'changed':
      return 'file changed since start';
    case 'broken':
      return `file broken: ${file.error ?? file.path}`;
    case 'gone':
      return 'file gone';
    case undefined:
      break;
  }
  return file.path;
}

/** Returns what the job itself reports (sd_notify(3)): `reloading: 3 of 7 tables read`. */
export function ownWords({ doing, statusText }: JobStatus): string | undefined {
  const parts = [doing, statusText].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(': ');
}
