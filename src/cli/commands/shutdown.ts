/** foster shutdown: answers when every job has ended and the supervisor with them, so that another one can begin. */
import { RefusedError, UnreachableError, type ControlClient } from '../../control/client.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function shutdown(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const refused = new AbortController();
  const ended = invocation.has('no-wait') ? undefined : endOf(client, refused.signal);
  try {
    const answer = await client.request('/v1/shutdown', { method: 'POST' });
    await ended;
    if (invocation.json) invocation.printJson(answer);
    return EXIT.ok;
  } finally {
    refused.abort();
  }
}

/** The feed goes on as long as the supervisor does. */
async function endOf(client: ControlClient, stop: AbortSignal): Promise<void> {
  try {
    await client.follow('/v1/events?type=event', () => undefined, stop);
  } catch (error) {
    // it has ended in the middle of a line, or before it could be asked; what is refused here is refused to the command, too
    if (!(error instanceof UnreachableError || error instanceof RefusedError)) throw error;
  }
}
