/** Routes for jobs: status, processes, log files, commands, and automatic start. */
import { MOST_INSTANCES } from '../../jobfile/stanzas/argument.js';
import { isHiddenJob } from '../../jobfile/files/job-file-names.js';
import type { CommandRequest } from '../../supervisor/api/requests.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { AutomaticStartError } from '../../supervisor/config/automatic-start.js';
import { type CommandOutcome, type WaitFor, COMMAND_VERBS } from '../../supervisor/core/contract.js';
import { visibleStatus } from '../server/authorisation.js';
import { RequestError } from '../errors.js';
import { Fields } from '../server/fields.js';
import { commandReply, failed, ok, type Reply, type Route, type RouteRequest } from '../server/router.js';

const WAITS = ['nothing', 'upstart', 'settled'] as const satisfies readonly WaitFor[];

export const jobRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/jobs', access: 'everyone', does: 'list jobs', answer: list },
  {
    method: 'GET',
    path: '/v1/jobs/:name',
    access: 'everyone',
    does: 'read the status of jobs',
    answer: status,
  },
  {
    method: 'GET',
    path: '/v1/jobs/:name/tree',
    access: 'owner',
    does: 'see the processes of jobs',
    answer: tree,
  },
  { method: 'GET', path: '/v1/jobs/:name/log-files', access: 'owner', does: 'read logs', answer: logFiles },
  ...COMMAND_VERBS.map((verb): Route => ({
    method: 'POST',
    path: `/v1/jobs/:name/${verb}`,
    access: 'owner',
    does: verb === 'reset-failed' ? 'reset failures of jobs' : `${verb} jobs`,
    answer: (request) => command(verb, request),
  })),
  ...(['enable', 'disable'] as const).map((verb): Route => ({
    method: 'POST',
    path: `/v1/jobs/:name/${verb}`,
    access: 'owner',
    does: `${verb} jobs`,
    answer: (request) => enable(verb === 'enable', request),
  })),
];

export function jobName(request: RouteRequest): string {
  const name = request.parameters['name'] ?? '';
  if (name === '') throw new RequestError('bad-request', 'Name may not be empty string', 'the name of a job');
  return name;
}

function list({ api, caller, query }: RouteRequest): Reply {
  const patterns = query.getAll('match');
  const wanted = patterns.length === 0 ? undefined : patterns;
  const jobs = api.jobs(wanted);
  const shown =
    query.get('hidden') === 'true' ? jobs : [...visibleJobs(jobs), ...api.brokenJobs(wanted)].sort(byName);
  const isShort = query.get('history') !== 'true';
  return ok(shown.map((job) => visibleStatus(isShort ? withoutHistory(job) : job, caller)));
}

/** Removes the history: with 500 flapping jobs it would be most of the reply. */
function withoutHistory(job: JobStatus): JobStatus {
  const short: { -readonly [Field in keyof JobStatus]: JobStatus[Field] } = { ...job };
  delete short.history;
  return short;
}

function visibleJobs(jobs: readonly JobStatus[]): readonly JobStatus[] {
  return jobs.filter(({ name }) => !isHiddenJob(name));
}

function byName(one: JobStatus, other: JobStatus): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

function status(request: RouteRequest): Reply {
  const { api, caller, query } = request;
  const found = api.find(jobName(request), query.getAll('env'), query.get('instance') ?? undefined);
  if (isStatus(found)) return ok(visibleStatus(found, caller));
  if (found.ok) throw new Error(`find answered a success without a status for ${jobName(request)}`);
  return failed(found);
}

function isStatus(found: JobStatus | CommandOutcome): found is JobStatus {
  return !('ok' in found);
}

function tree(request: RouteRequest): Reply {
  return ok(request.api.tree(jobName(request), request.query.get('namespaces') === 'true'));
}

function logFiles(request: RouteRequest): Reply {
  const { api, query } = request;
  const stream = query.get('stream') === 'stderr' ? 'stderr' : 'stdout';
  return ok(api.logFiles(jobName(request), query.get('instance') ?? undefined, stream));
}

// prettier-ignore
export const COMMAND_FIELDS = ['env', 'instance', 'count', 'wait', 'dialect', 'fresh', 'force', 'timeout', 'watch'] as const;

async function command(verb: CommandRequest['verb'], request: RouteRequest): Promise<Reply> {
  const name = jobName(request);
  const fields = Fields.of(request.body, COMMAND_FIELDS);
  const [instance, fresh, force] = [fields.text('instance'), fields.flag('fresh'), fields.flag('force')];
  const [timeout, watch] = [fields.amount('timeout'), fields.amount('watch')];
  const count = fields.amount('count');
  if (count !== undefined && !(Number.isInteger(count) && count <= MOST_INSTANCES))
    throw new RequestError('bad-request', `Illegal number of instances: ${count}`, `0 to ${MOST_INSTANCES}`);
  const answer = await request.api.command(
    {
      verb,
      name,
      by: request.caller.uid,
      env: checkedEnvironment(fields.texts('env')),
      wait: fields.choice('wait', WAITS) ?? 'settled',
      dialect: fields.choice('dialect', ['foster', 'upstart']) ?? 'foster',
      ...(instance === undefined ? {} : { instance }),
      ...(count === undefined ? {} : { count }),
      ...(fresh === undefined ? {} : { fresh }),
      ...(force === undefined ? {} : { force }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(watch === undefined ? {} : { watch }),
    },
    request.abandoned,
  );
  return commandReply(answer);
}

function enable(enabled: boolean, request: RouteRequest): Reply {
  Fields.of(request.body, []);
  try {
    return ok(request.api.enable(jobName(request), enabled));
  } catch (error) {
    if (error instanceof AutomaticStartError) throw new RequestError(error.code, error.message);
    throw error;
  }
}

/** Checks the environment; Upstart's message (section 6, emit). */
export function checkedEnvironment(env: readonly string[]): readonly string[] {
  const wrong = env.find((variable) => !variable.includes('='));
  if (wrong === undefined) return env;
  throw new RequestError(
    'bad-request',
    'Env must be KEY=VALUE pairs',
    `KEY=VALUE instead of ${JSON.stringify(wrong)}`,
  );
}
