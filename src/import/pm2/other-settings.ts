/** Settings of pm2 without a counterpart, and what happens to them. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import type { App } from './apps.js';
import { amountOf, durationOf, seconds, type OriginOf } from './values.js';

const KEPT: Readonly<Record<string, string>> = {
  name: 'the name of the file',
  namespace: 'the directory of the file',
  exec_mode: 'exec',
  instance_var: 'env',
  increment_var: 'env',
  vizion: 'nothing: foster ignores version control',
  pmx: 'nothing: foster puts nothing into a process',
  automation: 'nothing: foster puts nothing into a process',
  force: 'nothing: jobs have names of their own',
};

const LOST: Readonly<Record<string, readonly [why: string, instead?: string]>> = {
  watch: [
    'foster does not restart a program when its files change',
    '`node --watch`, or a job with `start on = file FILE=...` that restarts this one',
  ],
  ignore_watch: ['it belongs to `watch`'],
  watch_delay: ['it belongs to `watch`'],
  watch_options: ['it belongs to `watch`'],
  wait_ready: [
    "a job has no channel to foster: `process.send` is undefined in it, and `process.send('ready')` fails",
    '`ready notify` (sd_notify), `ready port`, `ready log`, or `if (process.send)` in the program',
  ],
  shutdown_with_message: ['a job has no channel to foster: it gets `kill signal`'],
  source_map_support: ['pm2 loads a package for it', '`--enable-source-maps` among the arguments of node'],
  disable_source_map_support: ['it belongs to pm2'],
  post_update: ['foster pulls nothing'],
  pid_file: ['foster needs no PID file, and writes none'],
  pid: ['foster needs no PID file, and writes none'],
  filter_env: [
    'the job has all of the environment of foster',
    'without `env inherit`, and `env` for what it needs',
  ],
  append_env_to_name: ['the name is the one of the file'],
  node_version: ['foster takes the node of PATH'],
  trace: ['it belongs to pm2'],
  deep_monitoring: ['it belongs to pm2'],
  increment_port: ['it belongs to pm2'],
  error: ['it belongs to pm2'],
};

export function addRest(service: ServiceBuilder, app: App, origin: OriginOf): void {
  for (const [key, value] of Object.entries(app)) {
    if (HANDLED.has(key) || key.startsWith('env_')) continue;
    const lost = Object.hasOwn(LOST, key) ? LOST[key] : undefined;
    if (Object.hasOwn(KEPT, key)) service.found(origin(key), { verdict: 'kept', as: KEPT[key]! });
    else if (key === 'uid' || key === 'user') service.kept(origin(key), 'setuid', String(value));
    else if (key === 'gid') service.kept(origin(key), 'setgid', String(value));
    else if (key === 'max_memory_restart') addMemory(service, app, origin(key));
    else if (key === 'listen_timeout') {
      const timeout = durationOf(value);
      if (timeout === undefined || timeout === 0)
        service.dropped(origin(key), 'it is not a number of milliseconds');
      else service.kept(origin(key), 'start timeout', seconds(Math.max(timeout, 1500)));
    } else if (value === false || value === null || value === undefined) service.builtIn(origin(key));
    else if (lost !== undefined) service.dropped(origin(key), ...lost);
    else service.dropped(origin(key), 'pm2 does not know it either');
  }
}

const HANDLED = new Set(
  [
    'script cmd args instances interpreter exec_interpreter interpreter_args interpreterArgs node_args cwd env',
    'autorestart max_restarts min_uptime restart_delay exp_backoff_restart_delay stop_exit_codes',
    'kill_timeout treekill cron_restart cron',
    'out_file output out out_log error_file error err_log err_file log_file log merge_logs combine_logs log_date_format log_type time disable_logs',
  ].flatMap((line) => line.split(' ')),
);

function addMemory(service: ServiceBuilder, app: App, origin: Origin): void {
  const bytes = amountOf(app['max_memory_restart']);
  if (bytes === undefined) service.dropped(origin, 'it is not an amount of memory');
  else
    service.approximated(
      origin,
      'the kernel kills the job at this limit, and foster restarts it: pm2 would end it in order',
      'cgroup',
      'memory.max',
      String(bytes),
    );
}
