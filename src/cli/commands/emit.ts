/** foster emit: emits an event with its variables. */
import type { EmitBody } from '../../control/protocol.js';
import { NoAnswerError } from '../../control/client/exchange.js';
import { emitAcrossReexec } from '../../control/client/waiting-command.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function emit(invocation: Invocation): Promise<number> {
  const [event = '', ...env] = invocation.words;
  const seconds = invocation.amount('timeout', 'seconds');
  const body: EmitBody = { event, env, wait: !invocation.has('no-wait') };
  const timeout = seconds === undefined ? Infinity : seconds * 1000;
  const note = (text: string) => invocation.complain(text);
  const answer = await emitAcrossReexec({ client: invocation.client(), body, timeout, note }).catch(
    (error: unknown) => {
      const late = error instanceof Error && error.cause instanceof NoAnswerError;
      if (!late || seconds === undefined) throw error;
      throw new CliError(
        `${event}: not finished within ${seconds} s; foster events --pending shows what it waits for`,
      );
    },
  );
  if (invocation.json) invocation.printJson(answer);
  return EXIT.ok;
}
