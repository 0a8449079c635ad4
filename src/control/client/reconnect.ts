/**
 * Going on when foster is replaced: by a re-exec, which takes a moment, or after a crash, by whoever starts it again. A client
 * that follows or waits loses its connection then, and makes a new one.
 */
import { longPause } from '../../long-timer.js';
import { UnreachableError, type ControlClient } from './client.js';
import { errorCode } from '../socket-address.js';

/** How long a client waits for foster to come back after a crash: systemd's default for a restart is 0.1 s, a boot of PID 1 none. */
const PATIENCE_MS = 30_000;
/** A foster that ends in order removes its socket. One that starts binds it anew, which takes less than this. */
const GONE_MS = 2_000;
const PAUSE_MS = 100;

/** One sentence for the person at the terminal. */
export type Note = (text: string) => void;

export interface Patience {
  readonly crashed: number;
  readonly ended: number;
}

const PATIENCE: Patience = { crashed: PATIENCE_MS, ended: GONE_MS };

/** `ended`: in order; `crashed`: and it does not come back. */
export type Return = 'back' | 'ended' | 'crashed';

/** Resolves when foster answers again, or there is no hope that it does. */
export async function untilBack(
  client: ControlClient,
  { crashed, ended }: Patience = PATIENCE,
): Promise<Return> {
  const began = performance.now();
  for (;;) {
    const failure = await client.request('/v1/version').then(() => undefined, unreachable);
    if (failure === undefined) return 'back';
    const isGone = errorCode(failure.cause) === 'ENOENT';
    if (performance.now() - began > (isGone ? ended : crashed)) return isGone ? 'ended' : 'crashed';
    await longPause(PAUSE_MS);
  }
}

function unreachable(error: unknown): UnreachableError {
  if (error instanceof UnreachableError) return error;
  throw error;
}

/** Asks, and asks again if foster is replaced meanwhile. For what changes nothing. @throws as ControlClient.request */
export async function askPatiently<Answer>(client: ControlClient, target: string): Promise<Answer> {
  try {
    return await client.request<Answer>(target);
  } catch (error) {
    if (!(error instanceof UnreachableError) || !error.isLost) throw error;
    if ((await untilBack(client)) !== 'back') throw error;
    return client.request<Answer>(target);
  }
}
