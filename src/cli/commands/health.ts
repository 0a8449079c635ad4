/**
 * foster health: for HEALTHCHECK and probes. The exit status is 0 or 1 only, since a HEALTHCHECK allows no
 * other.
 */
import { UnreachableError } from '../../control/client/client.js';
import type { HealthAnswer } from '../../control/protocol.js';
import { longPause } from '../../long-timer.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

/** Short compared with the start of any service, and long enough that polling does not slow it down. */
const ASK_AGAIN_MS = 100;

export async function health(invocation: Invocation): Promise<number> {
  const level = invocation.value('level') ?? 'live';
  const answer = await healthyWithin(invocation.duration('wait') ?? 0, invocation, level);
  if (invocation.json) invocation.printJson(answer);
  else if (level === 'live') invocation.print('live');
  else if (answer.ready) invocation.print('ready');
  else invocation.explain(['not ready', ...answer.unready.map(({ job, reason }) => `    ${job}: ${reason}`)]);
  return isHealthy(answer, level) ? EXIT.ok : EXIT.failed;
}

const isHealthy = (answer: HealthAnswer, level: string): boolean => level === 'live' || answer.ready;

/**
 * Asks until the answer is good or the time is over.
 * @param patience milliseconds; with 0 it asks once
 * @throws CliError when the supervisor cannot be reached by then
 */
async function healthyWithin(patience: number, invocation: Invocation, level: string): Promise<HealthAnswer> {
  const end = performance.now() + patience;
  for (;;) {
    const answer = await ask(invocation, level);
    const isOver = performance.now() >= end;
    if (answer instanceof UnreachableError) {
      if (isOver) throw new CliError(answer.message);
    } else if (isOver || isHealthy(answer, level)) return answer;
    await longPause(ASK_AGAIN_MS);
  }
}

async function ask(invocation: Invocation, level: string): Promise<HealthAnswer | UnreachableError> {
  try {
    return await invocation.client().request<HealthAnswer>(`/v1/health?level=${level}`);
  } catch (error) {
    if (error instanceof UnreachableError) return error;
    throw error;
  }
}
