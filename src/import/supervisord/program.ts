/** Converts a program of supervisord to a job, or one of its processes if numprocs makes several. */
import { ServiceBuilder } from '../service-builder.js';
import { literalOf, pieceWord } from '../shell-text.js';
import { signalWord } from '../signal-word.js';
import { parseEnvironment } from './environment.js';
import type { SupervisordOption } from './ini.js';
import { addLogs } from './logs.js';
import { isTrue, ProgramOptions, type Program } from './options.js';
import { command, directory, fcgiOption, withoutListeners } from './program-command.js';

export function programJob(program: Program): ServiceBuilder {
  const service = new ServiceBuilder(program.name, program.section.file);
  service.head.push(...program.section.comments);
  const options = new ProgramOptions(program, service);
  // programs inherit supervisord's whole environment
  service.implied('env inherit');
  addEnvironment(options, program.shared, service);
  for (const option of program.section.options) {
    const rule = Object.hasOwn(RULES, option.key) ? RULES[option.key] : undefined;
    if (rule === undefined)
      service.dropped(
        options.origin(option),
        'supervisord does not know it either: it belongs to an extension',
      );
    else rule(options, option);
  }
  for (const option of program.inherited) {
    if (!options.has(option.key)) RULES[option.key]?.(options, { ...option, comments: [] });
  }
  addRestart(options, service);
  addLogs(options, service);
  if (!options.has('stopwaitsecs')) service.implied('kill timeout', '10');
  return service;
}

type Rule = (options: ProgramOptions, option: SupervisordOption) => void;

const stanza =
  (name: string): Rule =>
  (options, option) => {
    const value = options.literal(option);
    if (value !== undefined) options.service.kept(options.origin(option), name, value);
  };
const nothing = (): void => undefined;
const already =
  (as: string): Rule =>
  (options, option) =>
    options.service.found(options.origin(option), { verdict: 'kept', as });

const RULES: Readonly<Record<string, Rule>> = {
  command,
  process_name: already('the name of the file'),
  numprocs: (options, option) => {
    const { copies } = options.program;
    if (copies === undefined) already('a file for each process')(options, option);
    else
      options.service.kept(options.origin(option), 'instances', String(copies.count), String(copies.first));
  },
  numprocs_start: (options, option) => {
    const as = options.program.copies === undefined ? 'the numbers in the names of the files' : 'instances';
    already(as)(options, option);
  },
  user: stanza('setuid'),
  umask: stanza('umask'),
  directory,
  environment: (options, option) => {
    addEnvironment(options, option, options.service);
  },
  autostart: (options, option) => {
    const { service } = options;
    const value = options.literal(option);
    if (value === undefined) return;
    if (isTrue(value)) service.found(options.origin(option), { verdict: 'kept', as: 'start on = startup' });
    else
      service.found(options.origin(option), { verdict: 'kept', as: 'no start on: `foster start` starts it' });
  },
  stopsignal: (options, option) => {
    const value = options.literal(option);
    if (value !== undefined) options.service.kept(options.origin(option), 'kill signal', signalWord(value));
  },
  stopwaitsecs: stanza('kill timeout'),
  stopasgroup: (options, option) => {
    const { service } = options;
    if (isTrue(option.value))
      service.found(options.origin(option), {
        verdict: 'kept',
        as: 'nothing: foster signals the process group of main',
      });
    else
      service.found(options.origin(option), {
        verdict: 'approximated',
        as: 'kill signal',
        how: 'the process group of main gets the signal, not only main',
      });
  },
  killasgroup: (options, option) => {
    const { service } = options;
    if (isTrue(option.value))
      service.found(options.origin(option), { verdict: 'kept', as: 'kill mode = session' });
    else
      service.found(options.origin(option), {
        verdict: 'approximated',
        as: 'kill mode = session',
        how: 'the remaining processes are ended with main',
      });
  },
  // handled in addRestart, addLogs, and by the order of all programs
  autorestart: nothing,
  exitcodes: nothing,
  startsecs: nothing,
  startretries: nothing,
  priority: nothing,
  stdout_logfile: nothing,
  stdout_logfile_maxbytes: nothing,
  stdout_logfile_backups: nothing,
  stdout_syslog: nothing,
  stderr_logfile: nothing,
  stderr_logfile_maxbytes: nothing,
  stderr_logfile_backups: nothing,
  stderr_syslog: nothing,
  redirect_stderr: nothing,
  dependent_startup: nothing,
  dependent_startup_wait_for: nothing,
  dependent_startup_inherit_priority: nothing,
  stdout_capture_maxbytes: withoutListeners,
  stderr_capture_maxbytes: withoutListeners,
  stdout_events_enabled: withoutListeners,
  stderr_events_enabled: withoutListeners,
  serverurl: (options, option) =>
    options.service.dropped(options.origin(option), 'the job can talk only to foster (FOSTER_SOCKET)'),
  socket: nothing,
  socket_backlog: fcgiOption,
  socket_owner: fcgiOption,
  socket_mode: fcgiOption,
};

function addEnvironment(
  options: ProgramOptions,
  option: SupervisordOption | undefined,
  service: ServiceBuilder,
): void {
  if (option === undefined) return;
  const parsed = parseEnvironment(option.value);
  const origin = options.origin(option);
  if (!parsed.ok) {
    service.dropped(origin, `supervisord would reject it: ${parsed.why}`);
    return;
  }
  for (const [index, [key, text]] of parsed.variables.entries()) {
    const own = { ...origin, value: `${key}=${text}`, comments: index === 0 ? (origin.comments ?? []) : [] };
    const pieces = options.pieces(option, text);
    if (pieces === undefined) return;
    const literal = literalOf(pieces);
    if (literal !== undefined) service.env(own, key, literal);
    // the value is the variable itself, which is inherited anyway
    else if (pieces.length === 1 && pieceWord(pieces) === `"\${${key}}"`)
      service.found(own, { verdict: 'kept', as: 'env inherit' });
    else if (/^[A-Za-z_]\w*$/.test(key)) service.exported(own, key, pieceWord(pieces));
    else service.dropped(own, 'the shell cannot set such a variable');
  }
}

/**
 * Sets the restart: supervisord retries a start that did not last startsecs, with growing waits, and restarts
 * at once a program that was up.
 */
function addRestart(options: ProgramOptions, service: ServiceBuilder): void {
  const auto = options.option('autorestart');
  const policy = auto === undefined ? 'unexpected' : (options.literal(auto) ?? 'unexpected').toLowerCase();
  const codes = options.option('exitcodes');
  const statuses = (codes?.value ?? '0').split(/[\s,]+/).filter((code) => /^\d+$/.test(code));
  const restarts = policy === 'unexpected' || isTrue(policy);
  if (restarts) {
    service.implied('respawn');
    if (policy === 'unexpected' && statuses.length > 0) service.implied('normal exit', ...statuses);
  }
  if (auto !== undefined)
    service.found(options.origin(auto), {
      verdict: 'kept',
      as: restarts
        ? `respawn${policy === 'unexpected' ? ', normal exit' : ''}`
        : 'nothing: without `respawn` a job is not restarted',
    });
  if (codes !== undefined)
    service.found(options.origin(codes), {
      verdict: 'kept',
      as:
        policy === 'unexpected'
          ? `normal exit = ${statuses.join(' ')}`
          : 'nothing: it applies to autorestart=unexpected only',
    });
  addRetries(options, service, restarts);
}

/** Sets how often and how fast the job is restarted, from startsecs and startretries. */
function addRetries(options: ProgramOptions, service: ServiceBuilder, restarts: boolean): void {
  const startsecs = options.number('startsecs') ?? 1;
  const retries = options.number('startretries') ?? 3;
  if (restarts) {
    // the sum of the waits 1, 2, 3 ... and of the longest time of each try
    const interval = Math.max(1, (retries * (retries + 1)) / 2 + (retries + 1) * Math.max(1, startsecs));
    const limit = Math.max(1, Math.min(retries, 100_000));
    service.implied('respawn limit', String(limit), String(Math.min(interval, 86_400)));
    const longest = Math.max(1, Math.min(retries, 3600));
    service.implied('respawn delay', '1', String(longest), String(Math.max(1, startsecs)));
  }
  const as = restarts ? 'respawn limit, respawn delay' : 'ready = auto';
  const how = restarts
    ? 'foster counts every restart, and waits a second before each, longer for repeated ones'
    : 'a failed start is not retried';
  const seconds = options.option('startsecs');
  if (seconds !== undefined) {
    const origin = options.origin(seconds);
    if (startsecs === 0) service.kept(origin, 'ready', 'exec');
    else if (startsecs === 1) service.found(origin, { verdict: 'kept', as: 'ready = auto: up for a second' });
    else {
      const later = `the job counts as up after a second; ${how}`;
      service.found(origin, { verdict: 'approximated', as, how: later });
    }
  }
  const count = options.option('startretries');
  if (count !== undefined) service.found(options.origin(count), { verdict: 'approximated', as, how });
}
