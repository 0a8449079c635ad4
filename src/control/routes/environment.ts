/** The environment that jobs get (initctl get-env, list-env, set-env, unset-env, reset-env). */
import type { EnvironmentChange } from '../../supervisor/api/requests.js';
import type { JobRef } from '../../supervisor/core/contract.js';
import { RequestError } from '../errors.js';
import { Fields } from '../server/fields.js';
import { ok, type Reply, type Route, type RouteRequest } from '../server/router.js';

export const environmentRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/environment', access: 'owner', does: 'read the job environment', answer: read },
  {
    method: 'POST',
    path: '/v1/environment',
    access: 'owner',
    does: 'change the job environment',
    answer: change,
  },
];

function read({ api, query }: RouteRequest): Reply {
  const job = jobOf(query.get('job') ?? undefined, query.get('instance') ?? undefined);
  const environment = api.environment(job);
  if (environment === undefined) throw unknownJob(job);
  return ok(environment);
}

export const CHANGE_FIELDS = ['change', 'job', 'instance'] as const;

function change({ api, body }: RouteRequest): Reply {
  const fields = Fields.of(body, CHANGE_FIELDS);
  const wanted = changeOf(fields.object('change', ['kind', 'variable', 'name', 'retain']));
  const job = jobOf(fields.text('job'), fields.text('instance'));
  if (job !== undefined && api.environment(job) === undefined) throw unknownJob(job);
  if (!api.changeEnvironment(wanted, job)) {
    throw new RequestError('not-permitted', 'Not permissible to modify PID 1 job environment');
  }
  return ok({});
}

function unknownJob(job: JobRef | undefined): RequestError {
  return new RequestError('unknown-job', `Unknown job: ${job?.name ?? ''}`);
}

function jobOf(name: string | undefined, instance: string | undefined): JobRef | undefined {
  return name === undefined ? undefined : { name, instance: instance ?? '' };
}

function changeOf(fields: Fields): EnvironmentChange {
  const kind = fields.choice('kind', ['set', 'unset', 'reset'] as const);
  switch (kind) {
    case 'set':
      return { kind, variable: fields.requiredText('variable'), retain: fields.flag('retain') ?? false };
    case 'unset':
      return { kind, name: fields.requiredText('name') };
    case 'reset':
      return { kind };
    case undefined:
      throw new RequestError('bad-request', 'Missing field: kind', 'set, unset or reset');
  }
}
