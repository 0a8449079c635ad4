/** Events: emitting one (the runlevel is one, too), following what happens, and what waits for what. */
import type { FeedFilter } from '../../supervisor/api.js';
import { HTTP_STATUS, outcomeError, RequestError } from '../errors.js';
import { Fields } from '../fields.js';
import { ok, type Reply, type Route, type RouteRequest } from '../router.js';
import { checkedEnvironment } from './jobs.js';

/** telinit(8) */
const RUNLEVELS = ['0', '1', '2', '3', '4', '5', '6', 'S'];

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
  {
    method: 'GET',
    path: '/v1/runlevel',
    access: 'everyone',
    does: 'ask for the runlevel',
    answer: ({ api }) => ok(api.runlevel()),
  },
  {
    method: 'POST',
    path: '/v1/runlevel',
    access: 'owner',
    does: 'change the runlevel',
    answer: changeRunlevel,
  },
];

function follow({ api, query }: RouteRequest): Reply {
  const job = query.get('job');
  const types = query.getAll('type');
  const filter: FeedFilter = { ...(job === null ? {} : { job }), ...(types.length === 0 ? {} : { types }) };
  return { kind: 'stream', open: (entry) => api.subscribe(filter, entry) };
}

function changeRunlevel({ api, body }: RouteRequest): Reply {
  const level = Fields.of(body, ['level']).choice('level', RUNLEVELS);
  if (level === undefined)
    throw new RequestError('bad-request', 'Missing field: level', RUNLEVELS.join(', '));
  return ok(api.changeRunlevel(level));
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
