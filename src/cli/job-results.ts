/** Sends a command for one job, and reports the result. */
import type { CommandAnswer } from '../supervisor/api/requests.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import type { Note } from '../control/client/reconnect.js';
import type { ControlClient } from '../control/client/client.js';
import { RefusedError } from '../control/client/client.js';
import { commandAcrossReexec } from '../control/client/waiting-command.js';
import { outcomeError, type ErrorBody } from '../control/errors.js';
import type { CommandBody, CommandErrorBody } from '../control/protocol.js';
import { EXIT, refusedStatus } from './exit-status.js';
import { commandFailure, commandSuccess } from './format/command-answer.js';
import { jobTitle } from './format/status-line.js';
import type { Invocation } from './invocation.js';
import type { Target } from './named-jobs.js';
import { howToNameInstance, whyUnknown } from './select-jobs.js';

/** The result of a command for one job. */
export type Result =
  | { readonly ok: true; readonly target: Target; readonly answer: CommandAnswer }
  | { readonly ok: false; readonly target: Target; readonly body: ErrorBody | CommandErrorBody };

interface JobCommand {
  readonly client: ControlClient;
  readonly verb: string;
  readonly target: Target;
  readonly body: CommandBody;
  readonly note: Note;
}

/** Sends a command for the job that a word of the command line names. */
export async function send({ client, verb, target, body, note }: JobCommand): Promise<Result> {
  const { name, ...instance } = target;
  try {
    const answer = await commandAcrossReexec({ client, verb, name, body: { ...body, ...instance }, note });
    return { ok: true, target, answer };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (error.code === 'unknown-job') return { ok: false, target, body: await whyUnknown(client, name) };
    return { ok: false, target, body: verb === 'reload' ? notRunning(error.body, body, target) : error.body };
  }
}

/**
 * Returns a clearer error: in Upstart, a stopped job has no instance (section 6, reload), which is confusing
 * when none was named.
 */
function notRunning(error: ErrorBody, { env, instance }: CommandBody, { name }: Target): ErrorBody {
  const named = instance !== undefined || (env ?? []).length > 0;
  if (error.error !== 'unknown-instance' || named) return error;
  return { error: 'not-running', message: `Job is not running: ${name}` };
}

/** Tests whether a command gave the job a goal that it has not reached. */
export function isOnItsWay({ goal, state }: JobStatus): boolean {
  return goal === 'stop' ? state !== 'waiting' : state !== 'running';
}

/** Returns one result per copy of a job when the command was for all copies. */
function ofEachJob(result: Result): readonly Result[] {
  const answer = result.ok ? result.answer : 'answer' in result.body ? result.body.answer : undefined;
  if (answer?.instances === undefined) return [result];
  return answer.instances.map((one): Result => {
    const target = one.outcome.job ?? result.target;
    return one.outcome.ok
      ? { ok: true, target, answer: one }
      : { ok: false, target, body: { ...outcomeError(one.outcome), answer: one } };
  });
}

/** Prints what a person reads of results. */
export async function reportResults(
  invocation: Invocation,
  client: ControlClient,
  verb: string,
  results: readonly Result[],
): Promise<void> {
  for (const result of results.flatMap(ofEachJob)) {
    if (result.ok) {
      invocation.explain(commandSuccess(result.answer, titleOf(result.target)));
      invocation.explain(reloaded(verb, result.answer.status));
      invocation.explain(notYet(verb, result.answer.status));
    } else if (isAlreadySo(verb, result.body))
      invocation.explain(alreadySo(verb, result.target, result.body));
    else if (result.body.error === 'unknown-job') {
      invocation.complain(result.body.message);
    } else {
      const isUnnamed = ['unknown-parameter', 'unknown-instance'].includes(result.body.error);
      const help = isUnnamed ? await howToNameInstance(client, result.target.name) : [];
      const [first, ...others] = commandFailure(titleOf(result.target), result.body);
      // the usage after the line end is repeated in the help
      invocation.complain(first.split('\n')[0]!, ...others, ...help.map((line) => `    ${line}`));
    }
  }
}

/** Returns a remark on a reload: the job's state is the same as before. */
function reloaded(verb: string, status: JobStatus | null): readonly string[] {
  const main = status?.main ?? null;
  if (verb !== 'reload' || main === null) return [];
  return [`    its reload signal was sent to process ${main}, which runs on`];
}

/** Returns a remark when the command was answered before the job is up. */
function notYet(verb: string, status: JobStatus | null): readonly string[] {
  const isStarting = status?.goal === 'start' && status.state !== 'running';
  if ((verb !== 'start' && verb !== 'restart') || !isStarting) return [];
  const waits = status.waitingFor === undefined ? '' : `; it waits for ${status.waitingFor}`;
  return [`    ${status.main === null ? 'not launched yet' : 'launched, not yet ready'}${waits}`];
}

/**
 * Returns the answer for JSON, which has to agree with the exit status: a job already in the wanted state is
 * a success there, too.
 */
export function answerOf(verb: string, result: Result): CommandAnswer | ErrorBody | CommandErrorBody {
  if (result.ok) return withSuccesses(verb, result.answer);
  const answer = 'answer' in result.body ? withSuccesses(verb, result.body.answer) : undefined;
  if (!isAlreadySo(verb, result.body)) return answer === undefined ? result.body : { ...result.body, answer };
  const { status = null, instances } = answer ?? {};
  return {
    outcome: { ok: true, job: undefined, detail: result.body.message },
    status,
    output: [],
    ...(instances !== undefined && { instances }),
  };
}

/** Returns the answer with success for each copy that was already in the wanted state. */
function withSuccesses(verb: string, answer: CommandAnswer): CommandAnswer {
  if (answer.instances === undefined) return answer;
  const instances = answer.instances.map((one): CommandAnswer => {
    const { outcome } = one;
    if (outcome.ok || !isAlreadySo(verb, outcome)) return one;
    return { ...one, outcome: { ok: true, job: outcome.job, detail: outcome.message } };
  });
  return { ...answer, instances };
}

/**
 * Tests whether the job is already in the wanted state. LSB: starting a running job and stopping a stopped
 * one succeed.
 */
function isAlreadySo(verb: string, { error }: Pick<ErrorBody, 'error'>): boolean {
  if (verb === 'start') return error === 'already-running';
  return verb === 'stop' && error === 'already-stopped';
}

function alreadySo(verb: string, target: Target, body: ErrorBody | CommandErrorBody): readonly string[] {
  const status = 'answer' in body ? body.answer.status : null;
  if (status !== null)
    return commandSuccess({ outcome: { ok: true, job: undefined }, status, output: [] }, titleOf(target));
  return [`${titleOf(target)} ${verb === 'start' ? 'start/running' : 'stop/waiting'}`];
}

export function statusOf(verb: string, result: Result): number {
  if (result.ok || isAlreadySo(verb, result.body)) return EXIT.ok;
  return refusedStatus(result.body.error);
}

function titleOf({ name, instance = '' }: Target): string {
  return jobTitle({ name, instance });
}
