/** Carries out actions of a page on a job, and reports the results. */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { CommandBody } from '../../control/protocol.js';
import type { CommandAnswer, SignalAnswer } from '../../supervisor/api/requests.js';
import { visibleLine } from '../../text/visible.js';
import type { ActionAnswer, ActionName, ActionRequest } from '../wire.js';
import { faultText } from './faults.js';
import { Refusal } from './guard.js';
import { titleOf } from './job-view.js';

/** Milliseconds that a page waits for a job; the action itself continues. */
const PATIENCE = 30_000;

const DONE = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  reload: 'was sent its reload signal',
  'reset-failed': 'has its failures forgotten',
  signal: 'was sent a signal',
} as const satisfies Record<ActionName, string>;

/**
 * Parses an action.
 * @throws Refusal when the body is not an action
 */
export function readAction(body: unknown): ActionRequest {
  const fields: Readonly<Record<string, unknown>> =
    typeof body === 'object' && body !== null ? { ...body } : {};
  const { name, instance = '', action, signal } = fields;
  if (typeof name !== 'string' || name === '' || typeof instance !== 'string')
    throw new Refusal(400, 'Expected the name of a job, and its instance');
  if (!isAction(action))
    throw new Refusal(400, `Expected one of the actions ${Object.keys(DONE).join(', ')}`);
  if (action !== 'signal') return { name, instance, action };
  if (typeof signal !== 'string' || signal === '') throw new Refusal(400, 'Expected the name of a signal');
  return { name, instance, action, signal };
}

function isAction(word: unknown): word is ActionName {
  return typeof word === 'string' && Object.hasOwn(DONE, word);
}

export async function act(client: ControlClient, request: ActionRequest): Promise<ActionAnswer> {
  const { name, instance, action, signal } = request;
  const target = `/v1/jobs/${encodeURIComponent(name)}/${action}`;
  const own = instance === '' ? {} : { instance };
  const title = titleOf(request);
  try {
    if (action === 'signal') {
      const body = { signal, whole: 'process', ...own };
      const { pid } = await client.request<SignalAnswer>(target, { method: 'POST', body });
      return { ok: true, message: `${title}: ${signal ?? ''} sent to process ${pid}`, output: [] };
    }
    const body: CommandBody = { ...own, timeout: PATIENCE };
    await client.request<CommandAnswer>(target, { method: 'POST', body, timeout: 2 * PATIENCE });
    return { ok: true, message: `${title} ${DONE[action]}`, output: [] };
  } catch (error) {
    const output = error instanceof RefusedError ? outputOf(error) : [];
    return { ok: false, message: faultText(error), output: output.map(visibleLine) };
  }
}

function outputOf({ body }: RefusedError): readonly string[] {
  return 'answer' in body ? body.answer.output : [];
}
