/** Imports the log files of a program. */
import type { ServiceBuilder } from '../service-builder.js';
import type { ProgramOptions } from './options.js';
import type { SupervisordOption } from './ini.js';

type Destination = 'log' | 'none' | 'console' | 'syslog' | { readonly path: string };

export function addLogs(options: ProgramOptions, service: ServiceBuilder): void {
  const out = options.option('stdout_logfile');
  const error = options.option('stderr_logfile');
  const redirects = options.option('redirect_stderr');
  const isJoined = options.isTrue('redirect_stderr');
  const stdout = out === undefined ? 'log' : destination(options, out);
  const stderr = isJoined ? stdout : error === undefined ? 'log' : destination(options, error);
  if (out !== undefined) addStdout(options, service, out, { stdout, stderr, isJoined });
  if (error !== undefined) addStderr(options, service, error, { stdout, stderr, isJoined });
  if (redirects !== undefined) {
    const split = 'the two streams have one log, unless `log split` says otherwise';
    if (isJoined)
      service.found(options.origin(redirects), { verdict: 'kept', as: 'console = log, which has both' });
    else if (error === undefined)
      service.found(options.origin(redirects), { verdict: 'approximated', as: 'console = log', how: split });
    else service.found(options.origin(redirects), { verdict: 'kept', as: 'see stderr_logfile' });
  }
  addSizes(options, service, stdout === 'log' || typeof stdout === 'object');
  for (const key of ['stdout_syslog', 'stderr_syslog']) {
    const option = options.option(key);
    if (option === undefined) continue;
    if (options.isTrue(key))
      service.dropped(
        options.origin(option),
        "output goes to the job's own log, not to syslog",
        '`log file` in a directory that rsyslog reads (imfile), or `| logger -t NAME` behind the command',
      );
    else service.builtIn(options.origin(option));
  }
}

function destination(options: ProgramOptions, option: SupervisordOption): Destination {
  const value = withoutNumber(options, option) ?? options.literal(option) ?? 'AUTO';
  if (/^AUTO$/i.test(value)) return 'log';
  if (/^(?:NONE|OFF|\/dev\/null)$/i.test(value) || value === '') return 'none';
  if (/^syslog$/i.test(value)) return 'syslog';
  if (/^\/dev\/(?:stdout|stderr|fd\/[12]|console|tty)$|^\/proc\/(?:1|self)\/fd\/[12]$/.test(value))
    return 'console';
  return { path: value };
}

/**
 * Removes the process number from the path: each copy of a job has its own file, and foster appends the
 * number: `w_%(process_num)02d.log` becomes w-1.log.
 */
function withoutNumber(options: ProgramOptions, option: SupervisordOption): string | undefined {
  const text = option.value.replace(/[-_.]?%\(process_num\)[-0 +#]*\d*[sdi]/g, '');
  const isNumbered = options.program.copies !== undefined && text !== option.value;
  return isNumbered ? options.literal({ ...option, value: text }) : undefined;
}

interface Streams {
  readonly stdout: Destination;
  readonly stderr: Destination;
  readonly isJoined: boolean;
}

function addStdout(
  options: ProgramOptions,
  service: ServiceBuilder,
  option: SupervisordOption,
  { stdout: to, stderr }: Streams,
): void {
  const origin = options.origin(option);
  if (to === 'log') service.found(origin, { verdict: 'kept', as: 'console = log' });
  else if (to === 'none') {
    if (stderr === 'none') service.kept(origin, 'console', 'none');
    else
      service.dropped(
        origin,
        'output that supervisord discarded is in the log',
        '`>/dev/null` behind the command',
      );
  } else if (to === 'console')
    service.approximated(origin, "each line has the job's name before it", 'console', 'output');
  else if (to === 'syslog')
    service.dropped(
      origin,
      "output goes to the job's own log, not to syslog",
      '`| logger -t NAME` behind the command',
    );
  else if (to.path.startsWith('/') && options.program.copies !== undefined)
    service.approximated(origin, 'each process has a separate file, NAME-NUMBER.log', 'log file', to.path);
  else if (to.path.startsWith('/')) service.kept(origin, 'log file', to.path);
  else
    service.dropped(
      origin,
      "a path that is not absolute depends on where supervisord was started: output goes to the job's own log",
      '`log file = PATH`',
    );
}

function addStderr(
  options: ProgramOptions,
  service: ServiceBuilder,
  option: SupervisordOption,
  { stdout, stderr, isJoined }: Streams,
): void {
  const origin = options.origin(option);
  const isSame = JSON.stringify(stdout) === JSON.stringify(stderr);
  if (isJoined) service.found(origin, { verdict: 'kept', as: 'nothing: redirect_stderr takes precedence' });
  else if (stderr === 'log' && stdout === 'log')
    service.approximated(origin, 'standard error has a separate log, NAME.err.log', 'log split');
  else if (isSame) service.found(origin, { verdict: 'kept', as: 'console: both go to one place' });
  else if (typeof stdout === 'object' && typeof stderr === 'object')
    service.approximated(
      origin,
      'the file stands beside that of standard output, and ends in .err.log',
      'log split',
    );
  else
    service.dropped(origin, 'standard error goes where standard output does', '`2>FILE` behind the command');
}

/** Sets the sizes, which apply to both streams: if they differ, those of standard output count. */
function addSizes(options: ProgramOptions, service: ServiceBuilder, isKept: boolean): void {
  const keys = [
    'stdout_logfile_maxbytes',
    'stderr_logfile_maxbytes',
    'stdout_logfile_backups',
    'stderr_logfile_backups',
  ];
  for (const key of keys) {
    const option = options.option(key);
    if (option === undefined) continue;
    const origin = options.origin(option);
    const isSize = key.endsWith('maxbytes');
    const stanza = isSize ? 'log size' : 'log count';
    const value = (options.literal(option) ?? '').trim();
    const match = /^(\d+)\s*(B|KB?|MB?|GB?)?$/i.exec(value);
    if (!isKept) service.found(origin, { verdict: 'kept', as: 'nothing: the output is not kept in a file' });
    else if (service.has(stanza))
      service.found(origin, {
        verdict: 'approximated',
        as: stanza,
        how: 'size and count apply to both streams',
      });
    else if (match === null) service.dropped(origin, 'supervisord would reject it: it is no size');
    else if (isSize && Number(match[1]) === 0)
      service.approximated(origin, 'a log without a limit is rotated at 1 TB', stanza, '1024G');
    else if (isSize)
      service.kept(origin, stanza, `${Number(match[1])}${(match[2] ?? '').replace(/B/i, '').toUpperCase()}`);
    else service.kept(origin, stanza, String(Number(match[1])));
  }
}
