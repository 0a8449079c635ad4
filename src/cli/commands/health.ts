/** foster health: for HEALTHCHECK and probes. A check knows 0 and 1 only, whatever the reason. */
import { UnreachableError } from '../../control/client.js';
import type { HealthAnswer } from '../../control/protocol.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function health(invocation: Invocation): Promise<number> {
  const level = invocation.value('level') ?? 'live';
  const answer = await invocation
    .client()
    .request<HealthAnswer>(`/v1/health?level=${level}`)
    .catch((error: unknown) => {
      throw error instanceof UnreachableError ? new CliError(error.message) : error;
    });
  if (invocation.json) invocation.printJson(answer);
  else if (level === 'live') invocation.print('live');
  else if (answer.ready) invocation.print('ready');
  else
    invocation.printAll(['not ready', ...answer.unready.map(({ job, reason }) => `    ${job}: ${reason}`)]);
  return level === 'live' || answer.ready ? EXIT.ok : EXIT.failed;
}
