/** Routes for control groups: freeze, thaw, and resource usage. */
import { HTTP_STATUS, outcomeError, RequestError } from '../errors.js';
import { Fields } from '../server/fields.js';
import { ok, type Reply, type Route, type RouteRequest } from '../server/router.js';
import { checkedEnvironment } from './jobs.js';

export const groupRoutes: readonly Route[] = [
  ...(['freeze', 'thaw'] as const).map((verb): Route => ({
    method: 'POST',
    path: `/v1/jobs/:name/${verb}`,
    access: 'owner',
    does: `${verb} jobs`,
    answer: (request) => freeze(verb === 'freeze', request),
  })),
  {
    method: 'GET',
    path: '/v1/usage',
    access: 'everyone',
    does: 'see what jobs use',
    answer: async ({ api, query }) => {
      const patterns = query.getAll('match');
      return ok(await api.groupCommands.usage(patterns.length === 0 ? undefined : patterns));
    },
  },
];

export const FREEZE_FIELDS = ['env', 'instance', 'wait', 'dialect', 'timeout'] as const;

/** Freezes or thaws a job. The fields of other commands are accepted without effect: it is done at once. */
function freeze(frozen: boolean, { api, parameters, body }: RouteRequest): Reply {
  const name = parameters['name'] ?? '';
  if (name === '') throw new RequestError('bad-request', 'Name may not be empty string', 'the name of a job');
  const fields = Fields.of(body, FREEZE_FIELDS);
  const env = checkedEnvironment(fields.texts('env'));
  const answer = api.groupCommands.freeze(frozen, name, env, fields.text('instance'));
  const { outcome } = answer;
  if (outcome.ok) return ok(answer);
  return { kind: 'json', status: HTTP_STATUS[outcome.error], body: { ...outcomeError(outcome), answer } };
}
