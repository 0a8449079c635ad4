/** Formats the answers to start, stop, restart and reload for people. */
import type { ErrorBody } from '../../control/errors.js';
import type { CommandErrorBody } from '../../control/protocol.js';
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { commandHint } from '../../text/command-hint.js';
import { statusLines } from './status-line.js';

/**
 * Returns the lines of a success.
 * @param name of the job, for a class that was removed with its last job and so has no status
 */
export function commandSuccess({ outcome, status }: CommandAnswer, name: string): readonly string[] {
  const lines = status === null ? [`${name} stop/waiting`] : statusLines(status);
  return outcome.detail === undefined ? lines : [...lines, `    ${outcome.detail}`];
}

/**
 * Returns which process failed, how, and its last lines: Upstart said only that the job failed (section 12,
 * 7).
 */
export function commandFailure(
  name: string,
  body: ErrorBody | CommandErrorBody,
): readonly [string, ...string[]] {
  if (!('answer' in body)) return [`${named(name, body)}${hint(body.expected)}`];
  const { outcome, output } = body.answer;
  const waits = body.error === 'timed-out' ? waitOf(body.answer.status) : undefined;
  const detail = outcome.detail ?? waits;
  return [
    `${named(name, body)}${detail === undefined ? '' : `: ${detail}`}`,
    ...output.map((line) => `    | ${line}`),
    ...goesOn(name, body.error, body.answer.status),
  ];
}

/** Returns a remark when `respawn` starts the job again after a failed start. */
function goesOn(name: string, error: ErrorBody['error'], status: JobStatus | null): readonly string[] {
  if (error !== 'job-failed' || status?.goal !== 'start') return [];
  return [`    It is started again (respawn): '${commandHint('why', name)}' shows how that goes.`];
}

/** Returns the message with the job's name before it; some of Upstart's messages contain the name already. */
function named(name: string, { message }: ErrorBody): string {
  const isNamed =
    `${message}: `.includes(`: ${name}: `) ||
    message.startsWith(`${name} `) ||
    message.startsWith(`${name}: `);
  return isNamed ? message : `${name}: ${message}`;
}

function hint(expected: string | undefined): string {
  return expected === undefined ? '' : ` (expected ${expected})`;
}

/** Returns what a job that has not reached its goal is waiting for. */
function waitOf(status: JobStatus | null): string | undefined {
  if (status === null) return undefined;
  const { goal, state, waitingFor } = status;
  return waitingFor === undefined
    ? `it is ${goal}/${state}`
    : `it is ${goal}/${state}, and waits for ${waitingFor}`;
}
