/** foster start, stop, restart, reload and reset-failed: on several jobs at once, with the reason when one fails. */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { ErrorBody } from '../../control/errors.js';
import { commandAcrossReexec } from '../../control/client/waiting-command.js';
import type { Note } from '../../control/client/reconnect.js';
import type { CommandBody, CommandErrorBody } from '../../control/protocol.js';
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { usageError } from '../cli-error.js';
import { EXIT, refusedStatus } from '../exit-status.js';
import { commandFailure, commandSuccess } from '../format/command-answer.js';
import type { Invocation } from '../invocation.js';
import { isPattern, namedJobs, type Target } from '../named-jobs.js';
import { waitText, withProgress } from '../progress.js';
import { howToNameInstance, jobPath, unknownJob } from '../select-jobs.js';

/** What became of the command on one job. */
type Result =
  | { readonly ok: true; readonly target: Target; readonly answer: CommandAnswer }
  | { readonly ok: false; readonly target: Target; readonly body: ErrorBody | CommandErrorBody };

export function commandOn(verb: string): (invocation: Invocation) => Promise<number> {
  return async (invocation) => {
    const { names, env } = invocation.namesAndEnvironment();
    const isAll = invocation.has('all');
    if (isAll && names.length > 0) throw usageError(`${verb}: --all means all jobs, and none by name`);
    if (!isAll && names.length === 0) throw usageError(`${verb}: missing the name of a job`);
    const seconds = invocation.amount('timeout', 'seconds');
    const instance = invocation.value('instance');
    const body: CommandBody = {
      env,
      wait: invocation.has('no-wait') ? 'nothing' : 'settled',
      dialect: 'foster',
      ...(invocation.has('force') ? { force: true } : {}),
      ...(verb === 'restart' && !invocation.has('keep') ? { fresh: true } : {}),
      ...watchOf(verb, invocation),
      ...(seconds === undefined ? {} : { timeout: Math.round(seconds * 1000) }),
      ...(instance === undefined ? {} : { instance }),
    };
    const client = invocation.client();
    const targets = await resolve(client, verb, isAll ? ['*'] : names);
    const note = (text: string) => invocation.complain(text);
    const open = new Set(targets);
    const sendOne = (target: Target): Promise<Result> =>
      send(client, verb, target, body, note).finally(() => open.delete(target));
    const results = await withProgress(
      invocation,
      async () => waitText(await statusesOf(client, [...open], body)),
      Promise.all(targets.map(sendOne)),
    );
    await report(invocation, client, verb, names, results);
    return Math.max(EXIT.ok, ...results.map((result) => statusOf(verb, result)));
  };
}

/** Where the commands that are not answered yet have got to. */
async function statusesOf(
  client: ControlClient,
  targets: readonly Target[],
  { env, instance }: CommandBody,
): Promise<readonly JobStatus[]> {
  const answers = targets.map(({ name, instance: own = instance }) =>
    client.request<JobStatus>(jobPath(name, env, own)).catch((error: unknown) => {
      // it has just gone
      if (error instanceof RefusedError) return [];
      throw error;
    }),
  );
  return (await Promise.all(answers)).flat();
}

/** How long a program is given to show that it does not take a reload well: most read their files within this. */
const RELOAD_WATCH_MS = 1000;

function watchOf(verb: string, invocation: Invocation): Pick<CommandBody, 'watch'> {
  if (invocation.has('no-wait')) return {};
  if (verb === 'reload') return { watch: RELOAD_WATCH_MS };
  const seconds = verb === 'start' ? invocation.amount('wait', 'seconds') : undefined;
  return seconds === undefined ? {} : { watch: Math.round(seconds * 1000) };
}

/** Patterns mean the jobs there are; of these, only such as the command makes sense for. */
async function resolve(
  client: ControlClient,
  verb: string,
  names: readonly string[],
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const named of await namedJobs(client, names)) {
    if (named.kind === 'job') {
      targets.push(named.target);
      continue;
    }
    if (named.jobs.length === 0) throw await unknownJob(client, named.word);
    const wanted = named.jobs.filter((job) => verb === 'start' || verb === 'reset-failed' || isUp(job));
    targets.push(...wanted.map(targetOf));
  }
  return targets;
}

function isUp(job: JobStatus): boolean {
  return job.goal !== 'stop' || job.state !== 'waiting';
}

function targetOf({ name, instance }: JobStatus): Target {
  return instance === '' ? { name } : { name, instance };
}

async function send(
  client: ControlClient,
  verb: string,
  target: Target,
  body: CommandBody,
  note: Note,
): Promise<Result> {
  const { name, ...instance } = target;
  try {
    const answer = await commandAcrossReexec({ client, verb, name, body: { ...body, ...instance }, note });
    return { ok: true, target, answer };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { ok: false, target, body: verb === 'reload' ? notRunning(error.body, body, target) : error.body };
  }
}

/** To Upstart, a stopped job has no instance (section 6, reload), which says little where none was named. */
function notRunning(error: ErrorBody, { env, instance }: CommandBody, { name }: Target): ErrorBody {
  const named = instance !== undefined || (env ?? []).length > 0;
  if (error.error !== 'unknown-instance' || named) return error;
  return { error: 'not-running', message: `Job is not running: ${name}` };
}

async function report(
  invocation: Invocation,
  client: ControlClient,
  verb: string,
  names: readonly string[],
  results: readonly Result[],
): Promise<void> {
  if (invocation.json) {
    const answers = results.map((result) => answerOf(verb, result));
    const single = answers.length === 1 && names.length === 1 && !isPattern(names[0]!);
    invocation.printJson(single ? answers[0] : answers);
    return;
  }
  for (const result of results) {
    if (result.ok) {
      invocation.printAll(commandSuccess(result.answer, result.target.name));
      invocation.printAll(notYet(verb, result.answer.status));
    } else if (isAlreadySo(verb, result.body))
      invocation.printAll(alreadySo(verb, result.target, result.body));
    else if (result.body.error === 'unknown-job') {
      invocation.complain((await unknownJob(client, result.target.name)).message);
    } else {
      const isUnnamed = ['unknown-parameter', 'unknown-instance'].includes(result.body.error);
      const help = isUnnamed ? await howToNameInstance(client, result.target.name) : [];
      const lines = commandFailure(result.target.name, result.body);
      invocation.complain(...lines, ...help.map((line) => `    ${line}`));
    }
  }
}

/** An answer that was given before the job is up says what is known. */
function notYet(verb: string, status: JobStatus | null): readonly string[] {
  const isStarting = status?.goal === 'start' && status.state !== 'running';
  if ((verb !== 'start' && verb !== 'restart') || !isStarting) return [];
  const waits = status.waitingFor === undefined ? '' : `; it waits for ${status.waitingFor}`;
  return [`    ${status.main === null ? 'not launched yet' : 'launched, not yet ready'}${waits}`];
}

/** What JSON says has to agree with the exit status: what is so already is a success there, too. */
function answerOf(verb: string, result: Result): CommandAnswer | ErrorBody | CommandErrorBody {
  if (result.ok) return result.answer;
  if (!isAlreadySo(verb, result.body)) return result.body;
  const status = 'answer' in result.body ? result.body.answer.status : null;
  return { outcome: { ok: true, job: undefined, detail: result.body.message }, status, output: [] };
}

/** LSB: starting what runs and stopping what is stopped is a success. */
function isAlreadySo(verb: string, { error }: ErrorBody): boolean {
  if (verb === 'start') return error === 'already-running';
  return verb === 'stop' && error === 'already-stopped';
}

function alreadySo(verb: string, { name }: Target, body: ErrorBody | CommandErrorBody): readonly string[] {
  const status = 'answer' in body ? body.answer.status : null;
  if (status !== null)
    return commandSuccess({ outcome: { ok: true, job: undefined }, status, output: [] }, name);
  return [`${name} ${verb === 'start' ? 'start/running' : 'stop/waiting'}`];
}

function statusOf(verb: string, result: Result): number {
  if (result.ok || isAlreadySo(verb, result.body)) return EXIT.ok;
  return refusedStatus(result.body.error);
}
