/** Events: emitting one, following what happens, and what waits for what. */
import type { FeedFilter } from '../../supervisor/api.js';
import { HTTP_STATUS, outcomeError, RequestError } from '../errors.js';
import { Fields } from '../fields.js';
import { ok, type Reply, type Route, type RouteRequest } from '../router.js';
import { checkedEnvironment } from './jobs.js';

export const eventRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/events', access: 'owner', does: 'follow events', answer: follow },
  { method: 'POST', path: '/v1/events', access: 'owner', does: 'emit events', answer: emit },
  {
    method: 'GET',
    path: '/v1/pending',
    access: 'owner',
    does: 'see what waits',
    answer: ({ api }) => ok(api.pending()),
  },
];

function follow({ api, query }: RouteRequest): Reply {
  const job = query.get('job');
  const types = query.getAll('type');
  const filter: FeedFilter = { ...(job === null ? {} : { job }), ...(types.length === 0 ? {} : { types }) };
  return { kind: 'stream', open: (entry) => api.subscribe(filter, entry) };
}

async function emit(request: RouteRequest): Promise<Reply> {
  const fields = Fields.of(request.body, ['event', 'env', 'wait']);
  const event = fields.requiredText('event');
  if (event === '')
    throw new RequestError('bad-request', 'Name may not be empty string', 'the name of an event');
  const env = checkedEnvironment(fields.texts('env'));
  const outcome = await request.api.emit(event, env, fields.flag('wait') ?? true, request.abandoned);
  if (outcome.ok) return ok({ outcome });
  return { kind: 'json', status: HTTP_STATUS[outcome.error], body: { ...outcomeError(outcome), outcome } };
}
