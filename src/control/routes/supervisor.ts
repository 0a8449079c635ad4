/** Routes for the supervisor itself: version, health, configuration, log priority, shutdown. */
import { explain } from '../../jobfile/job-file-error.js';
import { isHiddenJob } from '../../jobfile/files/job-file-names.js';
import { LOG_PRIORITIES } from '../../supervisor/init-options.js';
import { writeClass } from '../class-answer.js';
import { RequestError } from '../errors.js';
import { Fields } from '../server/fields.js';
import { health } from './health.js';
import type { VersionAnswer } from '../protocol.js';
import { ok, type Reply, type Route, type RouteRequest } from '../server/router.js';

export const supervisorRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/version', access: 'everyone', does: 'ask for the version', answer: version },
  { method: 'GET', path: '/v1/health', access: 'everyone', does: 'ask for the health', answer: healthReport },
  {
    method: 'GET',
    path: '/v1/report',
    access: 'owner',
    does: "see the supervisor's set-up",
    answer: ({ api }) => ok(api.report()),
  },
  { method: 'GET', path: '/v1/classes', access: 'owner', does: 'read job files', answer: classes },
  {
    method: 'POST',
    path: '/v1/reload-configuration',
    access: 'owner',
    does: 'reload the configuration',
    answer: reloadConfiguration,
  },
  action('/v1/reopen-logs', 'reopen log files', ({ api }) => api.reopenLogs()),
  action('/v1/shutdown', 'shut down', ({ api }) => api.shutdown()),
  action('/v1/reexec', 're-execute the supervisor', ({ api }) => api.reexec()),
  {
    method: 'GET',
    path: '/v1/log-priority',
    access: 'owner',
    does: 'read the log priority',
    answer: ({ api }) => ok({ priority: api.logPriority() }),
  },
  {
    method: 'PUT',
    path: '/v1/log-priority',
    access: 'owner',
    does: 'set the log priority',
    answer: setLogPriority,
  },
];

/** Makes a route without body and result. */
function action(path: string, does: string, act: (request: RouteRequest) => void): Route {
  return {
    method: 'POST',
    path,
    access: 'owner',
    does,
    answer: (request) => {
      Fields.of(request.body, []);
      act(request);
      return ok({});
    },
  };
}

function reloadConfiguration({ api, body }: RouteRequest): Reply {
  Fields.of(body, []);
  const { errors, ...reading } = api.reload();
  return ok({ ...reading, errors: errors.map((error) => ({ ...error, text: explain(error) })) });
}

function version({ api }: RouteRequest): Reply {
  const { version, pid, since } = api.report();
  return ok({ version, pid, since } satisfies VersionAnswer);
}

function healthReport({ api, query }: RouteRequest): Reply {
  const level = query.get('level') ?? 'live';
  if (level !== 'live' && level !== 'ready') {
    throw new RequestError('bad-request', `Unknown level: ${level}`, 'live or ready');
  }
  const jobs = [...api.jobs().filter(({ name }) => !isHiddenJob(name)), ...api.brokenJobs()];
  const body = health(jobs, api.unreadableDirectories());
  // an HTTP probe checks only the status
  return { kind: 'json', status: level === 'live' || body.ready ? 200 : 503, body };
}

function classes({ api, query }: RouteRequest): Reply {
  const names = query.getAll('name');
  const visible = api.classes().filter(({ name }) => !isHiddenJob(name));
  const asked = visible.filter(({ name }) => names.length === 0 || names.includes(name));
  return ok(asked.map(writeClass));
}

export const PRIORITY_FIELDS = ['priority'] as const;

function setLogPriority({ api, body }: RouteRequest): Reply {
  const priority = Fields.of(body, PRIORITY_FIELDS).choice('priority', LOG_PRIORITIES);
  if (priority === undefined) {
    throw new RequestError('bad-request', 'Missing field: priority', LOG_PRIORITIES.join(', '));
  }
  api.setLogPriority(priority);
  return ok({ priority });
}
