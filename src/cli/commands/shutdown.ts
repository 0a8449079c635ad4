/**
 * foster shutdown: returns when all jobs and the supervisor have ended, so that another supervisor can start.
 */
import { RefusedError, UnreachableError, type ControlClient } from '../../control/client/client.js';
import { EventLoop } from '../../kernel/event-loop.js';
import type { Pidfd } from '../../kernel/kernel.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { waitText, withProgress } from '../progress.js';

export async function shutdown(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const request = (): Promise<unknown> => client.request('/v1/shutdown', { method: 'POST' });
  const answer = await (invocation.has('no-wait') ? request() : requestAndWait(invocation, client, request));
  if (invocation.json) invocation.printJson(answer);
  return EXIT.ok;
}

async function requestAndWait(
  invocation: Invocation,
  client: ControlClient,
  request: () => Promise<unknown>,
): Promise<unknown> {
  const supervisor = client.supervisorProcess(new EventLoop());
  const refused = new AbortController();
  const closed = streamEnd(client, refused.signal);
  try {
    const answer = await request();
    const ended = closed.then(() => processEnd(supervisor));
    await withProgress(invocation, () => whatIsLeft(client), ended);
    return answer;
  } finally {
    refused.abort();
    supervisor?.close();
  }
}

/** Returns a text that says what the shutdown waits for. */
async function whatIsLeft(client: ControlClient): Promise<string | undefined> {
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs?hidden=true');
  return waitText(jobs.filter(({ state }) => state !== 'waiting')) ?? 'waiting for foster to end';
}

/** Resolves when the supervisor ends its event stream, which it does after the last job. */
async function streamEnd(client: ControlClient, stop: AbortSignal): Promise<void> {
  try {
    await client.follow('/v1/events?type=event', () => undefined, stop);
  } catch (error) {
    // the supervisor ended in the middle of a line or before the request; a refusal is reported by the
    // command itself
    if (!(error instanceof UnreachableError || error instanceof RefusedError)) throw error;
  }
}

/** Milliseconds for the last steps of a supervisor that has closed its connections: it needs some tens. */
const LAST_STEPS_MS = 10_000;

/** @param supervisor undefined if it cannot be seen from this pid namespace @throws CliError if it goes on */
function processEnd(supervisor: Pidfd | undefined): Promise<void> {
  if (supervisor === undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const goesOn = `the supervisor has ended its jobs, but process ${supervisor.pid} goes on: ended within ${LAST_STEPS_MS / 1000} s was expected`;
    const timer = setTimeout(() => reject(new CliError(goesOn)), LAST_STEPS_MS);
    supervisor.onEnd(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
