/**
 * foster shutdown: returns when all jobs and the supervisor have ended, so that another supervisor can start.
 */
import { RefusedError, UnreachableError, type ControlClient } from '../../control/client/client.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { waitText, withProgress } from '../progress.js';

export async function shutdown(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const refused = new AbortController();
  const ended = invocation.has('no-wait') ? undefined : endOf(client, refused.signal);
  try {
    const answer = await client.request('/v1/shutdown', { method: 'POST' });
    if (ended !== undefined) await withProgress(invocation, () => whatIsLeft(client), ended);
    if (invocation.json) invocation.printJson(answer);
    return EXIT.ok;
  } finally {
    refused.abort();
  }
}

/** Returns a text that says what the shutdown waits for. */
async function whatIsLeft(client: ControlClient): Promise<string | undefined> {
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs?hidden=true');
  return waitText(jobs.filter(({ state }) => state !== 'waiting')) ?? 'waiting for foster to end';
}

/** Resolves when the supervisor ends: its event stream ends with it. */
async function endOf(client: ControlClient, stop: AbortSignal): Promise<void> {
  try {
    await client.follow('/v1/events?type=event', () => undefined, stop);
  } catch (error) {
    // the supervisor ended in the middle of a line or before the request; a refusal is reported by the
    // command itself
    if (!(error instanceof UnreachableError || error instanceof RefusedError)) throw error;
  }
}
