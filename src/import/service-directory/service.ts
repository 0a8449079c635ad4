/** Converts a service directory of runit or s6 to a job that runs the scripts in place. */
import { join } from 'node:path';
import type { Origin, Surroundings } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import { commandLine, shellWord, splitWords } from '../shell-text.js';
import { signalWord } from '../signal-word.js';
import type { ServiceDirectory } from './layout.js';
import { logLimits, needsOf } from './scripts.js';

/** runit and s6 never send SIGKILL; foster does, after a time that a healthy service does not need. */
const KILL_TIMEOUT = '60';

export interface Context {
  readonly directory: ServiceDirectory;
  readonly around: Surroundings;
  readonly service: ServiceBuilder;
}

/**
 * Converts a service directory.
 * @returns a text that says why no job is possible
 */
export function runJob(
  directory: ServiceDirectory,
  name: string,
  around: Surroundings,
): ServiceBuilder | string {
  const context: Context = { directory, around, service: new ServiceBuilder(name, directory.path) };
  const { service } = context;
  if (!directory.files.has('run')) return 'has no file `run`';
  service.implied('chdir', around.resolve(directory.path));
  // services inherit the supervisor's environment
  service.implied('env inherit');
  addRun(context);
  addRestart(context);
  addFinish(context);
  addReadiness(context);
  addStop(context);
  addLog(context);
  addRest(context);
  return service;
}

export function originOf({ directory }: Pick<Context, 'directory'>, word: string, value?: string): Origin {
  return { file: join(directory.path, word), word, ...(value !== undefined && { value }) };
}

/** Returns the first line of a file; undefined when there is none. */
export function lineOf({ directory, around }: Context, name: string): string | undefined {
  return contentOf({ directory, around }, name)?.split('\n')[0]?.trim();
}

export function contentOf(
  { directory, around }: Pick<Context, 'directory' | 'around'>,
  name: string,
): string | undefined {
  const path = join(directory.path, name);
  return around.kindOf(path) === 'file' ? around.read(path) : undefined;
}

function addRun(context: Context): void {
  const { directory, around, service } = context;
  const origin = originOf(context, 'run');
  const line = scriptCommand(context, 'run');
  service.command('main', { kind: 'program', line });
  service.found(origin, { verdict: 'kept', as: `exec = ${line}` });
  if (!around.isExecutable(join(directory.path, 'run')))
    service.found(origin, {
      verdict: 'approximated',
      as: 'exec',
      how: 'run cannot be executed, and the supervisor would not start it: the job names its interpreter',
    });
  for (const { word, why, instead } of needsOf(contentOf(context, 'run') ?? ''))
    service.dropped({ ...origin, word: `run: ${word}` }, why, instead);
}

/** Returns `./run`, with its interpreter if the file is not executable. */
function scriptCommand(context: Context, name: string): string {
  const { directory, around } = context;
  if (around.isExecutable(join(directory.path, name))) return `./${name}`;
  const first = contentOf(context, name)?.split('\n')[0] ?? '';
  const interpreter = /^#!\s*(\S.*)$/.exec(first)?.[1];
  const words = splitWords(interpreter ?? '/bin/sh');
  return commandLine([...(words.ok ? words.words : ['/bin/sh']), `./${name}`]);
}

/**
 * Sets the restart: both restart a service whatever its status, at the soonest a second after its last start.
 */
function addRestart(context: Context): void {
  const { service, directory } = context;
  service.implied('respawn');
  service.implied('respawn delay', '1', '1', '1');
  const tally = lineOf(context, 'max-death-tally');
  service.implied('respawn limit', 'unlimited');
  if (tally !== undefined)
    service.found(originOf(context, 'max-death-tally', tally), {
      verdict: 'kept',
      as: 'nothing: it is the number of ends that s6 remembers',
    });
  if (directory.files.has('down'))
    service.found(originOf(context, 'down'), {
      verdict: 'kept',
      as: 'no start on: `foster start` starts it',
    });
  else service.startOn('startup');
}

/**
 * Imports `finish`. Its arguments say how run ended: for a signal, runit gives -1 and s6 256, then the number
 * of the signal.
 */
function addFinish(context: Context): void {
  const { service, directory } = context;
  if (!directory.files.has('finish')) return;
  const origin = originOf(context, 'finish');
  const signalled = directory.flavour === 'runit' ? '-1' : '256';
  const call = `${scriptCommand(context, 'finish')} "$status" "$signal"${directory.flavour === 'runit' ? '' : ` ${shellWord(directory.name)}`}`;
  const lines = [
    'status=${EXIT_STATUS:-0} signal=0',
    `if [ -n "$EXIT_SIGNAL" ]; then status=${signalled}; signal=$(kill -l "$EXIT_SIGNAL" 2>/dev/null || echo "$EXIT_SIGNAL"); fi`,
    call,
  ];
  for (const line of lines) service.command('post-stop', { kind: 'lines', line });
  const text = contentOf(context, 'finish') ?? '';
  const ends = /\bexit\s+125\b/.test(text) && directory.flavour !== 'runit';
  const how = ends
    ? 'its status 125 (do not start again) is ignored'
    : 'its status does not matter, and the number of the signal is looked up by the shell';
  service.found(origin, { verdict: 'approximated', as: 'post-stop', how });
  const limit = lineOf(context, 'timeout-finish');
  // s6 allows it five seconds
  const seconds = limit === undefined ? 5 : Number(limit) / 1000;
  if (directory.flavour !== 'runit' || limit !== undefined)
    service.implied('timeout', 'post-stop', seconds > 0 ? String(Math.ceil(seconds)) : '31536000');
  if (limit !== undefined)
    service.found(originOf(context, 'timeout-finish', limit), { verdict: 'kept', as: 'timeout post-stop' });
  for (const { word, why, instead } of needsOf(text))
    service.dropped({ ...origin, word: `finish: ${word}` }, why, instead);
}

function addReadiness(context: Context): void {
  const { service, directory } = context;
  const fd = lineOf(context, 'notification-fd');
  if (fd !== undefined) service.kept(originOf(context, 'notification-fd', fd), 'ready fd', fd);
  if (directory.flavour !== 'runit' || !directory.files.has('check')) return;
  const check = scriptCommand(context, 'check');
  // sv(8) waits seven seconds for it
  service.command('post-start', {
    kind: 'lines',
    line: `n=0; until ${check}; do n=$((n + 1)); [ "$n" -lt 7 ] || exit 1; sleep 1; done`,
  });
  const how = 'post-start runs it until it succeeds, seven times at most; `foster status` does not run it';
  service.found(originOf(context, 'check'), { verdict: 'approximated', as: 'post-start', how });
}

function addStop(context: Context): void {
  const { service, directory, around } = context;
  const signal = lineOf(context, 'down-signal');
  if (signal !== undefined)
    service.kept(originOf(context, 'down-signal', signal), 'kill signal', signalWord(signal));
  const timeout = lineOf(context, 'timeout-kill');
  if (timeout !== undefined && /^\d+$/.test(timeout) && Number(timeout) > 0)
    service.kept(
      originOf(context, 'timeout-kill', timeout),
      'kill timeout',
      String(Math.ceil(Number(timeout) / 1000)),
    );
  else service.implied('kill timeout', KILL_TIMEOUT);
  const control = join(directory.path, 'control');
  if (around.kindOf(control) !== 'directory') return;
  for (const name of around.list(control)) {
    const origin = { ...originOf(context, `control/${name}`), word: `control/${name}` };
    if (name === 't' || name === 'd') {
      service.command('pre-stop', { kind: 'program', line: scriptCommand(context, `control/${name}`) });
      service.found(origin, {
        verdict: 'approximated',
        as: 'pre-stop',
        how: 'the kill signal follows it in any case',
      });
    } else service.dropped(origin, 'foster sends its signals itself', 'a job with `task` that runs it');
  }
}

/** Replaces the logger: output goes to the job's log, rotated as the logger would. */
function addLog(context: Context): void {
  const { service, directory, around } = context;
  const log = join(directory.path, 'log');
  if (around.kindOf(log) !== 'directory') return;
  const run = contentOf(context, 'log/run') ?? '';
  const config = contentOf(context, 'log/config') ?? contentOf(context, 'log/main/config') ?? '';
  const { size, count } = logLimits(`${run}\n${config}`);
  const origin = { ...originOf(context, 'log/run'), word: 'log/run' };
  if (size !== undefined) service.kept({ ...origin, value: `s${size}` }, 'log size', size);
  if (count !== undefined) service.kept({ ...origin, value: `n${count}` }, 'log count', count);
  const program =
    /\b(svlogd|s6-log|multilog|logger|tee|tinylog|vlogger)\b/.exec(run)?.[1] ?? 'its log service';
  const how =
    program === 'logger' || program === 'vlogger'
      ? "output goes to the job's own log, not to syslog"
      : `the log is the job's own (\`foster log\`), not the directory of ${program}`;
  service.found(origin, { verdict: 'approximated', as: 'console = log', how });
}

const KNOWN = new Set(
  'run finish check down log control supervise event notification-fd timeout-kill timeout-finish max-death-tally down-signal type data'.split(
    ' ',
  ),
);
const WHY: Readonly<Record<string, string>> = {
  nosetsid: 'every job has its own session',
  'lock-fd': 'foster holds no lock for a job',
  'flag-newpidns': 'foster makes no namespaces (`unshare --pid --fork --mount-proc` does)',
  template: 'instances of s6 are not made',
  instance: 'instances of s6 are not made',
};

function addRest(context: Context): void {
  const { directory, service, around } = context;
  for (const name of directory.files) {
    if (KNOWN.has(name) || RC_FILES.has(name)) continue;
    const why = Object.hasOwn(WHY, name) ? WHY[name] : undefined;
    const isReadable = around.kindOf(join(directory.path, name)) !== undefined;
    if (why !== undefined) service.dropped(originOf(context, name), why);
    else if (isReadable)
      service.found(originOf(context, name), { verdict: 'kept', as: 'where it is: the scripts find it' });
  }
}

/** Files of s6-rc sources, which oneshot.ts and the relations in import.ts use. */
const RC_FILES = new Set(
  'dependencies dependencies.d contents contents.d producer-for consumer-for pipeline-name timeout-up timeout-down flag-essential flag-recommended up down'.split(
    ' ',
  ),
);
