/** POST /v1/run */
import { Fields } from '../server/fields.js';
import { commandReply, type Reply, type Route, type RouteRequest } from '../server/router.js';
import { checkedEnvironment } from './jobs.js';

export const runRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/run', access: 'owner', does: 'run commands as jobs', answer: run },
];

export const RUN_FIELDS = ['name', 'argv', 'env', 'directory', 'user', 'respawn', 'timeout'] as const;

async function run(request: RouteRequest): Promise<Reply> {
  const fields = Fields.of(request.body, RUN_FIELDS);
  const [directory, user, timeout] = [
    fields.text('directory'),
    fields.text('user'),
    fields.amount('timeout'),
  ];
  const answer = await request.api.run(
    {
      name: fields.text('name') ?? '',
      argv: fields.texts('argv'),
      env: checkedEnvironment(fields.texts('env')),
      by: request.caller.uid,
      ...(directory !== undefined && { directory }),
      ...(user !== undefined && { user }),
      ...(fields.flag('respawn') === true && { respawn: true as const }),
      ...(timeout !== undefined && { timeout }),
    },
    request.abandoned,
  );
  return commandReply(answer);
}
