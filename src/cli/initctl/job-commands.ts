/**
 * start, stop, restart, reload and status: act on the named job or, inside a job, on that job (Upstart
 * section 6).
 */
import { RefusedError } from '../../control/client/client.js';
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import { commandAcrossReexec } from '../../control/client/waiting-command.js';
import type { CommandBody } from '../../control/protocol.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { statusLines } from '../format/status-line.js';
import type { OptionTable } from './arguments.js';
import type { Context, InitctlCommand } from './command.js';
import { Failure, UsageError } from './failure.js';

type Verb = 'start' | 'stop' | 'restart' | 'reload';

const NO_WAIT: OptionTable = {
  'no-wait': { short: 'n', help: 'do not wait for the operation to complete before exiting' },
};
const SYNOPSIS = 'JOB [KEY=VALUE]...';

export const jobCommands: Readonly<Record<string, InitctlCommand>> = {
  start: command('start', 'start a job', NO_WAIT),
  stop: command('stop', 'stop a job', NO_WAIT),
  restart: command('restart', 'restart a job', NO_WAIT),
  reload: command('reload', 'send the reload signal to a job', {}),
  status: { synopsis: SYNOPSIS, summary: 'query the status of a job', options: {}, run: status },
  list: { synopsis: '', summary: 'list known jobs', options: {}, run: list },
};

/** The job that the command acts on. */
interface Target {
  readonly name: string;
  readonly env: readonly string[];
  /** inside a job and without a name: that instance of the job */
  readonly instance?: string;
}

/**
 * Returns the target. Inside a job and without a name it is the job itself (UPSTART_JOB, UPSTART_INSTANCE),
 * and the command must not wait: it might wait for its own end.
 */
function targetOf({ arguments: { words }, terminal: { env } }: Context): Target {
  const [name, ...variables] = words;
  if (name === '') throw new Failure('Name may not be empty string');
  if (name !== undefined) return { name, env: variables };
  if (!env['UPSTART_JOB']) throw new UsageError('missing job name');
  return { name: env['UPSTART_JOB'], env: [], instance: env['UPSTART_INSTANCE'] ?? '' };
}

function pathOf(target: Target): string {
  return `/v1/jobs/${encodeURIComponent(target.name)}`;
}

function command(verb: Verb, summary: string, options: OptionTable): InitctlCommand {
  return { synopsis: SYNOPSIS, summary, options, run: (context) => act(verb, context) };
}

async function act(verb: Verb, context: Context): Promise<undefined> {
  const target = targetOf(context);
  const wait = !context.arguments.flags.has('no-wait') && target.instance === undefined;
  const body: CommandBody = {
    env: target.env,
    wait: wait ? 'upstart' : 'nothing',
    dialect: 'upstart',
    ...(target.instance === undefined ? {} : { instance: target.instance }),
  };
  const { client, terminal } = context;
  const note = (text: string): void => terminal.err(`initctl: ${text}\n`);
  const print = ({ status }: CommandAnswer): void => {
    // reload prints nothing, and a class that was removed with its last job has no status
    if (verb !== 'reload' && status !== null) statusLines(status).forEach(context.print);
  };
  try {
    const answer = await commandAcrossReexec({ client, verb, name: target.name, body, note });
    (answer.instances ?? [answer]).forEach(print);
  } catch (error) {
    for (const one of copiesIn(error)) if (one.outcome.ok) print(one);
    throw error;
  }
}

/** Returns the answer for each copy of a job when the command failed for one of them. */
function copiesIn(error: unknown): readonly CommandAnswer[] {
  if (!(error instanceof RefusedError) || !('answer' in error.body)) return [];
  return error.body.answer.instances ?? [];
}

async function status(context: Context): Promise<undefined> {
  const target = targetOf(context);
  const query = new URLSearchParams(target.env.map((variable): [string, string] => ['env', variable]));
  if (target.instance !== undefined) query.set('instance', target.instance);
  const found = await context.client.request<JobStatus>(`${pathOf(target)}?${query.toString()}`);
  statusLines(found).forEach(context.print);
}

async function list({ client, print: say }: Context): Promise<undefined> {
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs?hidden=true');
  for (const job of jobs) statusLines(job).forEach(say);
}
