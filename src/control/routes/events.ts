/** Routes for events: emit one (also the runlevel), follow them, and show pending ones. */
import type { SupervisorReport } from '../../supervisor/api/report.js';
import type { FeedEntry, FeedFilter } from '../../supervisor/api/feed.js';
import { CAPABILITIES } from '../../tracker/sources/source.js';
import { RequestError } from '../errors.js';
import { Fields } from '../server/fields.js';
import { failed, ok, type Reply, type Route, type RouteRequest } from '../server/router.js';
import { checkedEnvironment } from './jobs.js';

/** telinit(8) */
export const RUNLEVELS = ['0', '1', '2', '3', '4', '5', '6', 'S'];

export const EMIT_FIELDS = ['event', 'env', 'wait'] as const;
export const RUNLEVEL_FIELDS = ['level', 'env'] as const;

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
  const since = sinceIn(query);
  const machine = isSet(query, 'all');
  if (machine) requireMachine(api.report());
  const filter: FeedFilter = {
    ...(job === null ? {} : { job }),
    ...(types.length === 0 ? {} : { types }),
    ...(since === undefined ? {} : { since }),
    ...(machine ? { machine } : {}),
  };
  if (query.get('follow') !== 'false')
    return { kind: 'stream', open: (entry) => api.subscribe(filter, entry) };
  const lines: FeedEntry[] = [];
  api.subscribe(filter, (entry) => lines.push(entry)).dispose();
  return { kind: 'lines', lines };
}

function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value !== null && value !== 'true' && value !== 'false')
    throw new RequestError('bad-request', `${name}=${value}`, 'true or false');
  return value === 'true';
}

function sinceIn(query: URLSearchParams): number | undefined {
  const text = query.get('since');
  if (text === null) return undefined;
  const since = Date.parse(text);
  if (Number.isNaN(since))
    throw new RequestError('bad-request', `since=${text}`, 'a time such as 2026-01-02T03:04:05.678Z');
  return since;
}

/** Throws if the tracker sees only foster's own descendants. */
function requireMachine({ tracker, sources }: SupervisorReport): void {
  if (CAPABILITIES[tracker].seesMachine) return;
  const better = sources.find(({ name }) => CAPABILITIES[name].seesMachine);
  const why =
    better?.test.works === false ? better.test.reason : 'foster was started with --tracker for another one';
  throw new RequestError(
    'not-permitted',
    `The whole machine cannot be seen: the tracker is ${tracker}, not the connector (${why})`,
  );
}

function changeRunlevel({ api, body }: RouteRequest): Reply {
  const fields = Fields.of(body, RUNLEVEL_FIELDS);
  const level = fields.choice('level', RUNLEVELS);
  if (level === undefined)
    throw new RequestError('bad-request', 'Missing field: level', RUNLEVELS.join(', '));
  return ok(api.changeRunlevel(level, checkedEnvironment(fields.texts('env'))));
}

async function emit(request: RouteRequest): Promise<Reply> {
  const fields = Fields.of(request.body, EMIT_FIELDS);
  const event = fields.requiredText('event');
  if (event === '')
    throw new RequestError('bad-request', 'Name may not be empty string', 'the name of an event');
  const env = checkedEnvironment(fields.texts('env'));
  await request.api.filesAreRead();
  const outcome = await request.api.emit(event, env, fields.flag('wait') ?? true, request.abandoned);
  return outcome.ok ? ok({ outcome }) : failed(outcome, { outcome });
}
