/**
 * Waits for a command across a replacement of foster: the reply is lost with the connection, but the command
 * continues, and the job's status shows its result.
 */
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { longPause } from '../../long-timer.js';
import { RefusedError, UnreachableError, type ControlClient } from './client.js';
import type { CommandBody, EmitBody } from '../protocol.js';
import { untilBack, type Note } from './reconnect.js';

const LOOK_AGAIN_MS = 200;

interface WaitingCommand {
  readonly client: ControlClient;
  readonly verb: string;
  readonly name: string;
  readonly body: CommandBody;
  readonly note: Note;
}

/** @throws as ControlClient.request */
export async function commandAcrossReexec(command: WaitingCommand): Promise<CommandAnswer> {
  const { client, verb, name, body } = command;
  const target = `/v1/jobs/${encodeURIComponent(name)}`;
  const asked = Date.now();
  for (;;) {
    try {
      return await client.request<CommandAnswer>(`${target}/${verb}`, {
        method: 'POST',
        body,
        timeout: Infinity,
      });
    } catch (error) {
      if (!(error instanceof UnreachableError) || !error.isLost) throw error;
      if ((await untilBack(client)) !== 'back') throw error;
      command.note(`foster was replaced while it waited for ${name}: it goes on waiting`);
    }
    const status = await outcomeOf(command, `${target}?${queryOf(body)}`, asked);
    if (status !== 'not begun') return status;
  }
}

/** Returns the result; `not begun` if foster was replaced before it had read the request. */
async function outcomeOf(
  { client, verb, name, body }: WaitingCommand,
  target: string,
  asked: number,
): Promise<CommandAnswer | 'not begun'> {
  const until = body.timeout === undefined ? Infinity : asked + body.timeout;
  for (;;) {
    const statuses = await statusesOf(client, name, target);
    const verdicts = statuses.map((status) => judge(verb, status, asked));
    if (verdicts.includes('not begun')) return 'not begun';
    const failed = statuses[verdicts.indexOf('failed')];
    if (failed !== undefined) {
      const message = failed.failure ?? 'Job failed to start';
      throw new RefusedError(422, {
        error: 'job-failed',
        message: `Job failed to start: ${name}: ${message}`,
      });
    }
    if (verdicts.every((verdict) => verdict === 'done')) return done(name, statuses);
    if (Date.now() > until)
      throw new RefusedError(504, {
        error: 'timed-out',
        message: 'Timed out; the command is still being carried out',
      });
    await longPause(LOOK_AGAIN_MS);
  }
}

/** @param statuses several if the command concerned all copies of a job */
function done(name: string, statuses: readonly (JobStatus | undefined)[]): CommandAnswer {
  const answers = statuses.map((status): CommandAnswer => ({
    outcome: { ok: true, job: { name, instance: status?.instance ?? '' } },
    status: status ?? null,
    output: [],
  }));
  const [first] = answers;
  if (first !== undefined && answers.length === 1) return first;
  return { outcome: { ok: true, job: undefined }, status: null, output: [], instances: answers };
}

type Seen = Pick<JobStatus, 'goal' | 'state' | 'since' | 'failure' | 'exit'>;

/**
 * Derives the result of a command sent at this time (milliseconds since 1970) from the job's status.
 * @param status undefined if the job, or the instance, is gone
 */
export function judge(
  verb: string,
  status: Seen | undefined,
  asked: number,
): 'done' | 'failed' | 'wait' | 'not begun' {
  const isDown = status === undefined || (status.goal === 'stop' && status.state === 'waiting');
  if (verb === 'stop') return isDown ? 'done' : status.goal === 'stop' ? 'wait' : 'not begun';
  // a signal may have been sent: once more does no harm
  if (verb !== 'start' && verb !== 'restart') return 'not begun';
  if (status === undefined) return 'not begun';
  const isLater = Date.parse(status.since) >= asked;
  if (!isDown) {
    if (status.state !== 'running') return 'wait';
    return verb === 'start' || isLater ? 'done' : 'not begun';
  }
  if (!isLater) return 'not begun';
  if (status.failure !== undefined) return 'failed';
  // a finished task; a job without a known end was never started
  return status.exit === null ? 'not begun' : 'done';
}

/** Returns undefined for a job that is gone. */
async function statusesOf(
  client: ControlClient,
  name: string,
  target: string,
): Promise<readonly (JobStatus | undefined)[]> {
  try {
    return [await client.request<JobStatus>(target)];
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'unknown-parameter') {
      const jobs = await client.request<readonly JobStatus[]>('/v1/jobs');
      return jobs.filter((job) => job.name === name && job.copies !== undefined);
    }
    if (error instanceof RefusedError && error.code.startsWith('unknown-')) return [undefined];
    if (error instanceof UnreachableError && (await untilBack(client)) === 'back')
      return statusesOf(client, name, target);
    throw error;
  }
}

function queryOf({ env, instance }: CommandBody): string {
  const query = new URLSearchParams((env ?? []).map((variable): [string, string] => ['env', variable]));
  if (instance !== undefined) query.set('instance', instance);
  return query.toString();
}

interface WaitingEmit {
  readonly client: ControlClient;
  readonly body: EmitBody;
  readonly timeout: number;
  readonly note: Note;
}

/** Does the same for an event. If foster was replaced, it is unknown whether a job failed. */
export async function emitAcrossReexec({ client, body, timeout, note }: WaitingEmit): Promise<unknown> {
  try {
    return await client.request('/v1/events', { method: 'POST', body, timeout });
  } catch (error) {
    if (!(error instanceof UnreachableError) || !error.isLost) throw error;
    if ((await untilBack(client)) !== 'back') throw error;
    note(
      `foster was replaced while it waited for the event ${body.event}: it goes on waiting, and cannot say whether all its jobs succeeded`,
    );
  }
  while (await isUnderWay(client, body.event)) await longPause(LOOK_AGAIN_MS);
  return {};
}

async function isUnderWay(client: ControlClient, event: string): Promise<boolean> {
  const pending = await client.request<readonly { readonly what: string }[]>('/v1/pending');
  return pending.some(({ what }) => what === `event ${event}` || what.startsWith(`event ${event} `));
}
