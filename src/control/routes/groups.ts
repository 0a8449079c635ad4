/** Routes for control groups: freeze, thaw, and resource usage. */
import { Fields } from '../server/fields.js';
import { commandReply, ok, type Reply, type Route, type RouteRequest } from '../server/router.js';
import { checkedEnvironment, jobName } from './jobs.js';

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
function freeze(frozen: boolean, request: RouteRequest): Reply {
  const name = jobName(request);
  const fields = Fields.of(request.body, FREEZE_FIELDS);
  const env = checkedEnvironment(fields.texts('env'));
  return commandReply(request.api.groupCommands.freeze(frozen, name, env, fields.text('instance')));
}
