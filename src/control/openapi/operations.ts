/**
 * Describes the parameters and the reply of each request, for OpenAPI. The fields of bodies are those that
 * the routes read: a missing one does not compile. A supervisor does not load this.
 */
import { LOG_PRIORITIES } from '../../supervisor/init-options.js';
import type { CHANGE_FIELDS } from '../routes/environment.js';
import { RUNLEVELS, type EMIT_FIELDS, type RUNLEVEL_FIELDS } from '../routes/events.js';
import type { FREEZE_FIELDS } from '../routes/groups.js';
import type { COMMAND_FIELDS } from '../routes/jobs.js';
import { OPEN_METRICS } from '../routes/open-metrics.js';
import type { RUN_FIELDS } from '../routes/run.js';
import type { SIGNAL_FIELDS } from '../routes/signals.js';
import type { PRIORITY_FIELDS } from '../routes/supervisor.js';
import {
  flag,
  json,
  listOf,
  milliseconds,
  NOTHING,
  object,
  oneOf,
  schemaOf,
  text,
  texts,
  type Operation,
  type Parameter,
} from './schema.js';

type FieldOf<List extends readonly string[]> = List[number];

const count = (description: string) => ({ type: 'integer', minimum: 0, description });
const pid = schemaOf('status', 'pid');
const job = schemaOf('status', 'job');

const env = texts('`KEY=VALUE`: selects the instance and becomes the environment of the start');
const instance = text('name of an existing instance');
const timeout = milliseconds('until the error `timed-out`; the operation itself continues');

const matching: Parameter = {
  description: 'shell pattern for names of jobs: `web-*`',
  schema: { type: 'string' },
  repeatable: true,
};
const inQuery = (description: string): Parameter => ({ description, schema: { type: 'string' } });
const switched = (description: string): Parameter => ({ description, schema: { type: 'boolean' } });

const whichInstance = {
  env: { description: '`KEY=VALUE`: selects the instance', schema: { type: 'string' }, repeatable: true },
  instance: inQuery('name of an existing instance'),
} as const satisfies Record<string, Parameter>;

const FAILED = { 409: 'the state of the job does not allow it', 422: 'the job failed', 504: 'timeout' };

const command: Operation<FieldOf<typeof COMMAND_FIELDS>> = {
  body: {
    env,
    instance,
    count: count('scale: number of instances (default: that of the job file)'),
    wait: oneOf(
      ['settled', 'upstart', 'nothing'],
      'wait until the job is known to stay up (default), as long as initctl does, or not at all',
    ),
    dialect: oneOf(['foster', 'upstart'], 'whether a restart starts a stopped job (default: yes, `foster`)'),
    fresh: flag('restart with the current job file'),
    force: flag('start beside processes that may be those of the job after a crash of foster'),
    timeout,
    watch: milliseconds('to watch main after a success: if it ends, the error is `job-failed`'),
  },
  answer: json(schemaOf('command', 'answer')),
  failures: FAILED,
};

const freezing: Operation<FieldOf<typeof FREEZE_FIELDS>> = {
  body: {
    env,
    instance,
    wait: oneOf(['settled', 'upstart', 'nothing'], 'no effect: the request is done when it is answered'),
    dialect: oneOf(['foster', 'upstart'], 'no effect'),
    timeout: milliseconds('no effect'),
  },
  answer: json(schemaOf('command', 'answer')),
  failures: FAILED,
};

const enabling: Operation = { answer: json(schemaOf('enable', 'answer')) };

const run: Operation<FieldOf<typeof RUN_FIELDS>> = {
  body: {
    name: text('of the job'),
    argv: texts('the command and its arguments'),
    env: texts('`KEY=VALUE`: its environment'),
    directory: text('its working directory'),
    user: text('its user'),
    respawn: flag('respawn it when it ends'),
    timeout,
  },
  required: ['name', 'argv'],
  answer: json(schemaOf('command', 'answer')),
  failures: FAILED,
};

const signal: Operation<FieldOf<typeof SIGNAL_FIELDS>> = {
  body: {
    env,
    instance,
    signal: text('`HUP`, `SIGHUP` or `1`'),
    whole: oneOf(['process', 'group'], 'only the main process (default), or its process group'),
  },
  required: ['signal'],
  answer: json(object({ name: text('of the job'), instance: text('of the job'), pid })),
  failures: FAILED,
};

const emit: Operation<FieldOf<typeof EMIT_FIELDS>> = {
  body: {
    event: text('its name'),
    env: texts('`KEY=VALUE`: its variables'),
    wait: flag('answer when everything that it caused has finished (default)'),
  },
  required: ['event'],
  answer: json(object({ outcome: schemaOf('command', 'outcome') })),
  failures: { 422: 'a job that it started or stopped has failed' },
};

const runlevels = object({
  previous: text('N means none'),
  current: text('N means none'),
});

const changeRunlevel: Operation<FieldOf<typeof RUNLEVEL_FIELDS>> = {
  body: {
    level: oneOf(RUNLEVELS, '0 and 6 end a machine'),
    env: texts('`KEY=VALUE`: variables of the event'),
  },
  required: ['level'],
  answer: json(runlevels),
};

const setPriority: Operation<FieldOf<typeof PRIORITY_FIELDS>> = {
  body: { priority: oneOf(LOG_PRIORITIES, 'lowest priority to log') },
  required: ['priority'],
  answer: json(object({ priority: oneOf(LOG_PRIORITIES, 'lowest priority to log') })),
};

const changeEnvironment: Operation<FieldOf<typeof CHANGE_FIELDS>> = {
  body: {
    change: {
      oneOf: [
        object(
          {
            kind: { const: 'set' },
            variable: text('`KEY=VALUE`'),
            retain: flag('keep an existing value'),
          },
          ['retain'],
        ),
        object({ kind: { const: 'unset' }, name: text('of the variable') }),
        object({ kind: { const: 'reset' } }),
      ],
    },
    job: text('the job (default: the environment of all jobs)'),
    instance,
  },
  required: ['change'],
  answer: NOTHING,
};

const reading = object({
  files: count('number of job files that were read'),
  added: texts('new jobs'),
  changed: texts('jobs with changed files'),
  removed: texts('jobs without a file'),
  errors: listOf(object({ text: text('error with file and line') })),
});

/** By method and path, as in docs/control.md. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /v1/jobs': {
    query: {
      match: matching,
      history: switched('include what started and stopped each job, and how its last main processes ended'),
      hidden: switched("foster's own jobs instead of the others"),
    },
    answer: json(listOf(job)),
  },
  'GET /v1/jobs/{name}': {
    query: whichInstance,
    answer: json(job),
    failures: { 404: 'there is no such job' },
  },
  'GET /v1/jobs/{name}/tree': {
    query: { namespaces: switched('include the namespaces of each process') },
    answer: json(schemaOf('tree')),
  },
  'GET /v1/jobs/{name}/log-files': {
    query: {
      instance: inQuery('name of an existing instance'),
      stream: {
        description: '`stderr`: files of standard error (with `log split`)',
        schema: { enum: ['stdout', 'stderr'] },
      },
    },
    answer: json(texts('paths, oldest first')),
  },
  'POST /v1/jobs/{name}/start': command,
  'POST /v1/jobs/{name}/stop': command,
  'POST /v1/jobs/{name}/restart': command,
  'POST /v1/jobs/{name}/reload': command,
  'POST /v1/jobs/{name}/reset-failed': command,
  'POST /v1/jobs/{name}/scale': command,
  'POST /v1/jobs/{name}/enable': enabling,
  'POST /v1/jobs/{name}/disable': enabling,
  'POST /v1/jobs/{name}/signal': signal,
  'POST /v1/jobs/{name}/freeze': freezing,
  'POST /v1/jobs/{name}/thaw': freezing,
  'POST /v1/run': run,
  'GET /v1/usage': { query: { match: matching }, answer: json(schemaOf('top')) },
  'GET /v1/metrics': { answer: { kind: 'text', contentType: OPEN_METRICS } },
  'GET /v1/events': {
    query: {
      job: inQuery('shell pattern for names of jobs'),
      type: {
        description: 'type of entries, verdicts or process events',
        schema: { type: 'string' },
        repeatable: true,
      },
      since: {
        description: 'include past entries since this time, if foster still has them',
        schema: { type: 'string', format: 'date-time' },
      },
      all: switched('include processes of the whole machine'),
      follow: switched('follow new entries (default)'),
    },
    answer: { kind: 'lines', schema: schemaOf('events') },
  },
  'POST /v1/events': emit,
  'GET /v1/pending': {
    answer: json(listOf(object({ what: text('the waiting job or event'), waitsFor: texts('as text') }))),
  },
  'GET /v1/runlevel': { answer: json(runlevels) },
  'POST /v1/runlevel': changeRunlevel,
  'GET /v1/version': {
    answer: json(
      object({ version: text('of the supervisor'), pid, since: { type: 'string', format: 'date-time' } }),
    ),
  },
  'GET /v1/health': {
    query: { level: { description: '`live` by default', schema: { enum: ['live', 'ready'] } } },
    answer: json(schemaOf('health')),
    others: { 503: 'not ready' },
  },
  'GET /v1/report': { answer: json({ type: 'object', description: 'event sources and directories' }) },
  'GET /v1/classes': {
    query: { name: { description: 'of a job', schema: { type: 'string' }, repeatable: true } },
    answer: json(listOf({ type: 'object', description: 'a parsed job file, or its errors' })),
  },
  'POST /v1/reload-configuration': { answer: json(reading) },
  'POST /v1/reopen-logs': { answer: NOTHING },
  'POST /v1/shutdown': { answer: NOTHING },
  'POST /v1/reexec': { answer: NOTHING },
  'GET /v1/log-priority': { answer: setPriority.answer },
  'PUT /v1/log-priority': setPriority,
  'GET /v1/environment': {
    query: {
      job: inQuery('the job (default: the environment of all jobs)'),
      instance: inQuery('of the job'),
    },
    answer: json(texts('`KEY=VALUE`')),
  },
  'POST /v1/environment': changeEnvironment,
};
