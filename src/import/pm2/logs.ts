/** Imports where an app of pm2 writes its output. */
import { isAbsolute, join } from 'node:path';
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import type { App } from './apps.js';

const OUT = ['out_file', 'output', 'out', 'out_log'];
const ERROR = ['error_file', 'err_file', 'error', 'err_log'];
const BOTH = ['log_file', 'log'];

export function addLogs(
  service: ServiceBuilder,
  app: App,
  directory: string,
  origin: (word: string) => Origin,
): void {
  const find = (keys: readonly string[]): string | undefined =>
    keys.find((key) => typeof app[key] === 'string');
  const [out, error, both] = [find(OUT), find(ERROR), find(BOTH)];
  const isNowhere = (key: string | undefined): boolean =>
    key !== undefined && /^(?:NULL|\/dev\/null)$/i.test(String(app[key]));
  if (isNowhere(out) && (error === undefined || isNowhere(error)))
    service.kept(origin(out!), 'console', 'none');
  else if (out !== undefined) addFile(service, origin(out), String(app[out]), directory);
  else if (both !== undefined) addFile(service, origin(both), String(app[both]), directory);
  if (both !== undefined && out !== undefined)
    service.dropped(origin(both), 'the two streams have one log, or two (`log split`), and no third one');
  if (error !== undefined)
    addError(service, origin(error), app[error] === app[out ?? ''] || isNowhere(error));
  for (const key of ['merge_logs', 'combine_logs'])
    if (app[key] !== undefined)
      service.found(origin(key), {
        verdict: 'kept',
        as: 'nothing: each process has its log, `foster log` shows all',
      });
  for (const key of ['log_date_format', 'time'])
    if (app[key] !== undefined)
      service.found(origin(key), {
        verdict: 'kept',
        as: 'nothing: foster keeps the time of each line (`foster log --timestamps`)',
      });
  if (app['log_type'] !== undefined)
    service.dropped(origin('log_type'), 'a log has the lines as they are', '`foster log --json`');
  if (app['disable_logs'] === true) service.kept(origin('disable_logs'), 'console', 'none');
}

function addFile(service: ServiceBuilder, origin: Origin, path: string, directory: string): void {
  if (path.startsWith('~'))
    service.dropped(origin, 'the home directory is not known here', '`log file = PATH`');
  else service.kept(origin, 'log file', isAbsolute(path) ? path : join(directory, path));
}

function addError(service: ServiceBuilder, origin: Origin, isSame: boolean): void {
  if (isSame) service.found(origin, { verdict: 'kept', as: 'console: both go to one place' });
  else
    service.approximated(
      origin,
      'the file stands beside that of standard output, and its name ends in .err.log',
      'log split',
    );
}
