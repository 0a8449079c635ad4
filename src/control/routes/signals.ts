/** POST /v1/jobs/NAME/signal */
import { signalNumber } from '../../kernel/process/signals.js';
import { SIGNAL_NAMES, signalName } from '../../jobfile/stanzas/signal-names.js';
import { nearestWord } from '../../jobfile/stanzas/nearest-word.js';
import { RequestError } from '../errors.js';
import { Fields } from '../server/fields.js';
import { failed, ok, type Reply, type Route, type RouteRequest } from '../server/router.js';
import { checkedEnvironment, jobName } from './jobs.js';

export const signalRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/jobs/:name/signal', access: 'owner', does: 'signal jobs', answer: signal },
];

export const SIGNAL_FIELDS = ['env', 'instance', 'signal', 'whole'] as const;

function signal(request: RouteRequest): Reply {
  const fields = Fields.of(request.body, SIGNAL_FIELDS);
  const instance = fields.text('instance');
  const answer = request.api.signal({
    name: jobName(request),
    env: checkedEnvironment(fields.texts('env')),
    signal: numberOf(fields.text('signal') ?? ''),
    whole: fields.choice('whole', ['process', 'group']) ?? 'process',
    ...(instance !== undefined && { instance }),
  });
  return 'ok' in answer ? failed(answer) : ok(answer);
}

/** Returns the number of `HUP`, `SIGHUP`, `hup` or `1`. */
function numberOf(word: string): number {
  const name = signalName(word.toUpperCase());
  const number = /^\d+$/.test(word) ? Number(word) : name === undefined ? undefined : signalNumber(name);
  if (number !== undefined && number >= 1 && number <= 64) return number;
  const nearest = nearestWord(word.toUpperCase().replace(/^SIG/, ''), SIGNAL_NAMES);
  const guess = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  throw new RequestError(
    'bad-request',
    `Unknown signal: ${word}${guess}`,
    'a name as HUP, or a number from 1 to 64',
  );
}
