/**
 * Reconnects after a replacement of foster: a re-exec, which takes a moment, or a restart after a crash. A
 * client that follows or waits loses its connection then.
 */
import { longPause } from '../../long-timer.js';
import { UnreachableError, type ControlClient } from './client.js';
import { errorCode } from '../../kernel/errno.js';

/**
 * How long a client waits for foster to come back after a crash: systemd's default delay is 0.1 s, at boot
 * there is none.
 */
const PATIENCE_MS = 30_000;
/** foster removes its socket at an orderly end. A new one binds it within this time. */
const GONE_MS = 2_000;
const PAUSE_MS = 100;

/** One sentence for the person at the terminal. */
export type Note = (text: string) => void;

export interface Patience {
  readonly crashed: number;
  readonly ended: number;
}

const PATIENCE: Patience = { crashed: PATIENCE_MS, ended: GONE_MS };

/** `ended`: in order; `crashed`: and has not come back. */
type Return = 'back' | 'ended' | 'crashed';

/** Resolves when foster answers again, or is known not to. */
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

/**
 * Sends a request, and repeats it if foster is replaced meanwhile. Only for read requests. @throws as
 * ControlClient.request
 */
export async function askPatiently<Answer>(client: ControlClient, target: string): Promise<Answer> {
  try {
    return await client.request<Answer>(target);
  } catch (error) {
    if (!(error instanceof UnreachableError) || !error.isLost) throw error;
    if ((await untilBack(client)) !== 'back') throw error;
    return client.request<Answer>(target);
  }
}
