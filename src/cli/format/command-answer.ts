/** What a person reads after start, stop, restart or reload. */
import type { ErrorBody } from '../../control/errors.js';
import type { CommandErrorBody } from '../../control/protocol.js';
import type { CommandAnswer } from '../../supervisor/api.js';
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
  const detail = outcome.detail === undefined ? '' : `: ${outcome.detail}`;
  return [`${named(name, body)}${detail}`, ...output.map((line) => `    | ${line}`)];
}

/** Of several jobs it has to be said which one is meant; some of Upstart's messages do so themselves. */
function named(name: string, { message }: ErrorBody): string {
  return `${message}: `.includes(`: ${name}: `) ? message : `${name}: ${message}`;
}

function hint(expected: string | undefined): string {
  return expected === undefined ? '' : ` (expected ${expected})`;
}
