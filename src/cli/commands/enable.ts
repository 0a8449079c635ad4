/** foster enable and disable: switch the automatic start of jobs on and off, by an override file. */
import { commandHint } from '../../text/command-hint.js';
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { ErrorBody } from '../../control/errors.js';
import type { AutomaticStart } from '../../supervisor/config/automatic-start.js';
import { usageError } from '../cli-error.js';
import { EXIT, refusedStatus } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { isPattern } from '../named-jobs.js';
import { classNames, jobPath, whyUnknown } from '../select-jobs.js';

type Answer = AutomaticStart | ErrorBody;

export function enabling(verb: 'enable' | 'disable'): (invocation: Invocation) => Promise<number> {
  return async (invocation) => {
    const { words } = invocation;
    if (words.length === 0) throw usageError(`${verb}: missing the name of a job`);
    const client = invocation.client();
    const answers: Answer[] = [];
    for (const name of await classNames(client, words)) answers.push(await send(client, verb, name));
    if (invocation.json)
      invocation.printJson(words.length === 1 && !isPattern(words[0]!) ? answers[0] : answers);
    else for (const answer of answers) print(invocation, answer);
    return Math.max(
      EXIT.ok,
      ...answers.map((answer) => ('error' in answer ? refusedStatus(answer.error) : EXIT.ok)),
    );
  };
}

async function send(client: ControlClient, verb: string, name: string): Promise<Answer> {
  try {
    return await client.request<AutomaticStart>(`${jobPath(name)}/${verb}`, { method: 'POST' });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (error.code !== 'unknown-job') return error.body;
    return whyUnknown(client, name);
  }
}

function print(invocation: Invocation, answer: Answer): void {
  if ('error' in answer) return invocation.complain(answer.message);
  const { name, enabled, changed, override } = answer;
  if (answer.nothingStartsIt === true) {
    const isSo = `${name} is ${changed ? '' : 'already '}enabled, but nothing starts it by itself`;
    invocation.explain([
      `${isSo}: its job file has neither \`start on\` nor \`schedule\` (\`${commandHint('start', name)}\` does)`,
    ]);
    return;
  }
  const state = `${name} is ${changed ? '' : 'already '}${enabled ? 'enabled' : 'disabled'}`;
  invocation.explain([!enabled && override !== null ? `${state} (${override})` : state]);
}
