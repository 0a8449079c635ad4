/** What a person reads after start, stop, restart or reload. */
import type { ErrorBody } from '../../control/errors.js';
import type { CommandErrorBody } from '../../control/protocol.js';
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { commandHint } from '../../text/command-hint.js';
import { statusLines } from './status-line.js';

/** @param name used for a class that has gone with its last job, and has no status any more */
export function commandSuccess({ outcome, status }: CommandAnswer, name: string): readonly string[] {
  const lines = status === null ? [`${name} stop/waiting`] : statusLines(status);
  return outcome.detail === undefined ? lines : [...lines, `    ${outcome.detail}`];
}

/** Which process failed, how, and the last lines that it wrote: Upstart only said that it failed (section 12, 7). */
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

/** A failed start is not the end of a job with `respawn`. */
function goesOn(name: string, error: ErrorBody['error'], status: JobStatus | null): readonly string[] {
  if (error !== 'job-failed' || status?.goal !== 'start') return [];
  return [`    It is started again (respawn): '${commandHint('why', name)}' shows how that goes.`];
}

/** Of several jobs it has to be said which one is meant; some of Upstart's messages do so themselves. */
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

/** What a job that has not got where it was to go still waits for. */
function waitOf(status: JobStatus | null): string | undefined {
  if (status === null) return undefined;
  const { goal, state, waitingFor } = status;
  return waitingFor === undefined
    ? `it is ${goal}/${state}`
    : `it is ${goal}/${state}, and waits for ${waitingFor}`;
}
