/** Converts an app of pm2 to a job: one process, or a Node cluster. */
import { isAbsolute, join } from 'node:path';
import { timesOf } from '../../jobfile/crontab.js';
import type { Origin } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import { shellWord } from '../shell-text.js';
import type { App } from './apps.js';
import { clusterSize, commandOf, type Command } from './command.js';
import { addLogs } from './logs.js';
import { addRest } from './other-settings.js';
import { countOf, durationOf, seconds, type OriginOf } from './values.js';

interface AppPlace {
  readonly file: string;
  readonly name: string;
  /** of the file, absolute */
  readonly directory: string;
  /** number of processes in fork mode */
  readonly copies?: number | 'cpus';
  /** which `env_NAME` also applies */
  readonly environment: string | undefined;
  /** is there such a file? */
  readonly exists: (path: string) => boolean;
}

/**
 * Converts an app.
 * @returns the job and further jobs, or why pm2 would not start the app
 */
export function appJob(app: App, place: AppPlace): readonly ServiceBuilder[] | string {
  const service = new ServiceBuilder(place.name, place.file);
  const origin = (word: string): Origin => {
    const value = app[word];
    return { file: place.file, word, value: typeof value === 'string' ? value : JSON.stringify(value) };
  };
  const cwd = directoryOf(app, place);
  const command = commandOf(app, { directory: cwd, exists: place.exists });
  if (command.kind === 'refused') return command.why;
  service.implied('chdir', cwd);
  // a process of pm2 has the environment of the user who started pm2
  service.implied('env inherit');
  addCommand(service, app, command, origin);
  addVariables(service, app, place, origin);
  addCopies(service, app, place, origin);
  addRestart(service, app, origin);
  addStop(service, app, origin);
  addLogs(service, app, cwd, origin);
  const extra = addCron(service, app, origin);
  addRest(service, app, origin);
  service.startOn('startup');
  return [service, ...extra];
}

function directoryOf(app: App, { directory }: AppPlace): string {
  const cwd = app['cwd'];
  if (typeof cwd !== 'string' || cwd === '') return directory;
  return isAbsolute(cwd) ? cwd : join(directory, cwd);
}

function addCommand(
  service: ServiceBuilder,
  app: App,
  command: Exclude<Command, { kind: 'refused' }>,
  origin: OriginOf,
): void {
  const word = app['script'] === undefined ? 'cmd' : 'script';
  service.command('main', { kind: command.kind === 'shell' ? 'shell' : 'program', line: command.line });
  if (command.how === undefined) service.found(origin(word), { verdict: 'kept', as: 'exec' });
  else service.found(origin(word), { verdict: 'approximated', as: 'exec', how: command.how });
  for (const key of [
    'args',
    'interpreter',
    'exec_interpreter',
    'interpreter_args',
    'interpreterArgs',
    'node_args',
    'cwd',
  ])
    if (app[key] !== undefined)
      service.found(origin(key), { verdict: 'kept', as: key === 'cwd' ? 'chdir' : 'exec' });
}

function addVariables(service: ServiceBuilder, app: App, place: AppPlace, origin: OriginOf): void {
  const chosen = place.environment === undefined ? [] : [`env_${place.environment}`];
  for (const key of ['env', ...chosen]) {
    const values = app[key];
    if (typeof values !== 'object' || values === null) continue;
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined) continue;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const own = { ...origin(key), word: `${key}.${name}` };
      // `increment_var`: each process gets the next number
      const isCounted = app['increment_var'] === name && place.copies !== undefined && /^\d+$/.test(text);
      if (isCounted) service.exported(own, name, `$((${Number(text)} + INSTANCE))`);
      else service.env(own, name, text);
    }
  }
  for (const key of Object.keys(app).filter((name) => name.startsWith('env_') && !chosen.includes(name)))
    service.dropped(
      origin(key),
      'one environment is imported',
      `the same import with \`--env ${key.slice(4)}\``,
    );
  // pm2 also numbers a single process; a cluster numbers its workers
  if (clusterSize(app) !== undefined) return;
  const variable = typeof app['instance_var'] === 'string' ? app['instance_var'] : 'NODE_APP_INSTANCE';
  if (place.copies === undefined) service.implied('env', `${variable}=0`);
  else service.prelude(`export ${variable}="$INSTANCE"`);
}

/** Sets the number of copies; pm2 counts from 0. */
function addCopies(service: ServiceBuilder, app: App, { copies }: AppPlace, origin: OriginOf): void {
  if (app['instances'] === undefined) return;
  if (copies === undefined)
    service.found(origin('instances'), { verdict: 'kept', as: isCluster(app) ? 'exec' : 'one process' });
  else if (Number(app['instances']) < 0)
    service.approximated(
      origin('instances'),
      'as many as there are processors, none less',
      'instances',
      'cpus',
      '0',
    );
  else service.kept(origin('instances'), 'instances', String(copies), '0');
}

/** pm2's defaults (without process.env.PM2_*): 16 restarts of a process that lives less than a second */
const MAX_RESTARTS = 16;
const MIN_UPTIME = 1000;

function addRestart(service: ServiceBuilder, app: App, origin: OriginOf): void {
  const restarts = app['autorestart'] !== false;
  if (app['autorestart'] !== undefined)
    service.found(origin('autorestart'), {
      verdict: 'kept',
      as: restarts ? 'respawn' : 'nothing: without `respawn` a job is not restarted',
    });
  const most = countOf(app['max_restarts']) ?? MAX_RESTARTS;
  const uptime = durationOf(app['min_uptime']) ?? MIN_UPTIME;
  const delay = durationOf(app['restart_delay']) ?? 0;
  const backoff = durationOf(app['exp_backoff_restart_delay']);
  if (restarts) {
    service.implied('respawn');
    const interval = Math.max(1, Math.ceil((most * Math.max(uptime, 1000)) / 1000 + (most * delay) / 1000));
    service.implied('respawn limit', String(Math.max(1, most)), String(interval));
  }
  for (const key of ['max_restarts', 'min_uptime'])
    if (app[key] !== undefined)
      service.found(origin(key), {
        verdict: 'approximated',
        as: 'respawn limit',
        how: 'foster counts restarts within a time',
      });
  if (delay > 0)
    service.kept(origin('restart_delay'), 'respawn delay', ...[delay, delay, delay].map(seconds));
  else if (backoff !== undefined && backoff > 0)
    service.approximated(
      origin('exp_backoff_restart_delay'),
      'each wait is twice as long as the one before, not half as long again',
      'respawn delay',
      seconds(backoff),
      '15',
      '30',
    );
  else if (restarts) service.implied('respawn delay', 'none');
  const codes = app['stop_exit_codes'];
  if (codes === undefined) return;
  const list = (Array.isArray(codes) ? codes : [codes]).map(String).filter((code) => /^\d+$/.test(code));
  if (list.length > 0) service.kept(origin('stop_exit_codes'), 'normal exit', ...list);
}

function addStop(service: ServiceBuilder, app: App, origin: OriginOf): void {
  // pm2 sends SIGINT, and SIGKILL after 1.6 s
  service.implied('kill signal', 'INT');
  const timeout = durationOf(app['kill_timeout']);
  if (app['kill_timeout'] === undefined) service.implied('kill timeout', '2');
  else if (timeout === undefined)
    service.dropped(origin('kill_timeout'), 'it is not a number of milliseconds');
  else service.kept(origin('kill_timeout'), 'kill timeout', String(Math.ceil(timeout / 1000)));
  const tree = app['treekill'];
  service.implied('kill mode', tree === false ? 'main' : 'lineage');
  if (tree !== undefined)
    service.found(origin('treekill'), {
      verdict: 'kept',
      as: `kill mode = ${tree === false ? 'main' : 'lineage'}`,
    });
}

/** Returns a job of its own for restarts at fixed times. */
function addCron(service: ServiceBuilder, app: App, origin: OriginOf): readonly ServiceBuilder[] {
  const value = app['cron_restart'] ?? app['cron'];
  if (typeof value !== 'string' || value === '') return [];
  const word = app['cron_restart'] === undefined ? 'cron' : 'cron_restart';
  const fields = value.trim().split(/\s+/);
  // in six fields, the first has the seconds
  const times = (fields.length === 6 ? fields.slice(1) : fields).join(' ');
  const restart = new ServiceBuilder(`${service.name}-restart`, service.source);
  try {
    timesOf(times);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    service.dropped(origin(word), `foster's \`schedule\` does not take it: ${error.message}`);
    return [];
  }
  restart.implied('description', `Restarts ${service.name}`);
  restart.implied('task');
  restart.implied('schedule', ...times.split(' '));
  restart.command('main', { kind: 'program', line: `foster restart --no-wait ${shellWord(service.name)}` });
  const as = `job ${restart.name}, schedule = ${times}`;
  service.found(
    origin(word),
    fields.length === 6
      ? { verdict: 'approximated', as, how: 'once a minute is the most that a schedule can do' }
      : { verdict: 'kept', as },
  );
  return [restart];
}

export function isCluster(app: App): boolean {
  return typeof app['exec_mode'] === 'string' && app['exec_mode'].startsWith('cluster');
}
