/** All commands of `foster`, as data: the modules that do the work are loaded on demand. */
import { MANAGERS } from './install/service.js';
import { HANDS_ON, INSTANCE, LOGS, SERVED, TIMEOUT } from './command-groups.js';
import { JOB_FILES, TRACING } from './tool-commands.js';
import type { CommandSpec, OptionSpec } from './command-spec.js';
import { SOURCE_CHOICES } from '../tracker/sources/source.js';

const NO_WAIT: OptionSpec = { help: 'return as soon as foster has accepted the command' };

/** The types of entries in `foster events` (docs/events.md): entries, process events, verdicts. */
const FEED_TYPES = [
  ...['event', 'state', 'verdict', 'process', 'log'],
  ...['fork', 'exec', 'sid', 'uid', 'gid', 'comm', 'ptrace', 'coredump', 'exit', 'ns', 'namespace'],
  ...['adopted', 'overflow'],
  ...['main', 'hand-off', 'died', 'ended', 'ambiguous', 'detached'],
];

function jobCommand(
  name: string,
  summary: string,
  options: Readonly<Record<string, OptionSpec>> = {},
): CommandSpec {
  return {
    name,
    summary,
    operands: '<job...>',
    completes: 'jobs',
    options: { 'no-wait': NO_WAIT, timeout: TIMEOUT, instance: INSTANCE, ...options },
    load: async () => {
      const { commandOn } = await import('./commands/job-command.js');
      return commandOn(name);
    },
  };
}

function enabling(name: 'enable' | 'disable', summary: string): CommandSpec {
  return {
    name,
    summary,
    operands: '<job...>',
    completes: 'jobs',
    options: {},
    load: async () => (await import('./commands/enable.js')).enabling(name),
  };
}

/** Returns the spec of a command that sends the supervisor a request and prints nothing. */
function notice(name: string, summary: string): CommandSpec {
  return {
    name,
    summary,
    operands: '',
    options: {},
    load: async () => (await import('./commands/notice.js')).notice(name),
  };
}

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'run as init or supervisor; COMMAND after -- runs as the essential job',
    operands: '[command...]',
    runsProgram: true,
    options: {
      confdir: { value: 'DIR', many: true, help: 'directory of job files (repeatable; the first one wins)' },
      logdir: { value: 'DIR', help: 'directory for log files' },
      statedir: {
        value: 'DIR',
        help: 'directory for state that survives a reboot (default: /var/lib/foster)',
      },
      'log-index': { value: 'DIR', help: 'directory for the time index of logs (docs/logs.md)' },
      rundir: { value: 'DIR', help: 'directory for the control socket and saved state' },
      'startup-event': { value: 'NAME', help: 'event to emit at startup (default: startup)' },
      'no-startup-event': { help: 'emit no event at startup' },
      'no-hand-off': { help: 'exit when COMMAND exits, even if it leaves a daemon behind' },
      user: { help: "run an ordinary user's jobs (~/.config/foster)" },
      machine: { help: 'run as the init of a machine: signals power off or reboot it' },
      tracker: {
        value: 'SOURCE',
        choices: SOURCE_CHOICES,
        help: 'source of process events (default: auto, the first that works)',
      },
      'stop-budget': { value: 'SECONDS', help: 'longest time for a shutdown (default: 8)' },
      rules: {
        value: 'FILE',
        many: true,
        help: 'run `foster rules` with this file, as the job foster-rules (repeatable)',
      },
      'inherit-env': { help: "pass foster's own environment on to jobs" },
      'default-console': {
        value: 'CONSOLE',
        choices: ['log', 'none', 'output', 'owner', 'pty'],
        help: 'console for jobs without a console stanza (default: log)',
      },
      'no-log': { help: 'same as --default-console none' },
      'log-format': {
        value: 'FORMAT',
        choices: ['text', 'json'],
        help: "format of foster's own log (default: text)",
      },
      'log-priority': { value: 'PRIORITY', help: 'lowest priority to log (default: message)' },
    },
    load: async () => (await import('./commands/init.js')).init,
  },
  jobCommand('start', 'start jobs', {
    force: { help: 'start even if processes of the job may have survived a crash of foster' },
    wait: { value: 'SECONDS', help: 'fail if the job ends within this time after its start' },
  }),
  jobCommand('stop', 'stop jobs'),
  {
    ...jobCommand('restart', 'restart jobs; start those that are stopped', {
      keep: { help: 'keep the settings with which the job runs; do not read its file' },
      reload: { help: 'use the current job file (default)' },
      all: { help: 'restart all running jobs' },
    }),
    operands: '[job...]',
  },
  jobCommand('reload', 'send jobs their reload signal (HUP by default)'),
  {
    ...jobCommand('reset-failed', 'clear failures, respawn counters and backoff delays'),
    options: { instance: INSTANCE },
  },
  {
    ...jobCommand('freeze', 'freeze all processes of jobs (needs a cgroup stanza)'),
    options: { instance: INSTANCE },
  },
  { ...jobCommand('thaw', 'thaw frozen jobs'), options: { instance: INSTANCE } },
  ...HANDS_ON,
  enabling('enable', 'let jobs start automatically again'),
  enabling('disable', 'keep jobs from starting automatically, also after a reboot'),
  {
    name: 'status',
    summary: 'show details of jobs: state, processes, last exits, last log lines',
    operands: '[job...]',
    completes: 'jobs',
    options: {
      instance: INSTANCE,
      lines: { short: 'n', value: 'N', help: 'number of log lines (default: 10)' },
    },
    load: async () => (await import('./commands/status.js')).status,
  },
  {
    name: 'why',
    summary: 'explain why jobs are running, waiting, stopped or failed',
    operands: '<job...>',
    completes: 'jobs',
    options: { instance: INSTANCE },
    load: async () => (await import('./commands/why.js')).why,
  },
  {
    name: 'list',
    summary: 'list jobs: state, uptime, restarts, memory, CPU, reason',
    operands: '[pattern...]',
    completes: 'jobs',
    options: {
      failed: { help: 'only jobs that need attention' },
      names: { help: 'names only, one per line' },
    },
    load: async () => (await import('./commands/list.js')).list,
  },
  {
    name: 'tree',
    summary: 'show the processes of jobs and their roles',
    operands: '[job...]',
    completes: 'jobs',
    options: { namespaces: { help: 'group them by container (their namespaces)' } },
    load: async () => (await import('./commands/tree.js')).tree,
  },
  {
    name: 'top',
    summary: 'show resource usage of jobs, updated continuously; ? shows the keys',
    operands: '',
    options: {
      interval: { value: 'SECONDS', help: 'time between updates (default: 1 on a terminal, otherwise 2)' },
      count: { value: 'N', help: 'print a table N times and exit (default without a terminal: 1)' },
    },
    load: async () => (await import('./commands/top.js')).top,
  },
  ...SERVED,
  {
    name: 'install',
    summary: 'write a service for systemd, OpenRC or sysvinit that starts foster',
    operands: '',
    options: {
      user: { help: "a service of the user's own, for systemd's user manager" },
      manager: {
        value: 'NAME',
        help: 'service manager (default: the one of this machine)',
        choices: MANAGERS,
      },
      root: { value: 'DIR', help: 'root directory of an image that is being built' },
      remove: { help: 'remove the service; keep job files and logs' },
      'dry-run': { help: 'only show what would be done' },
    },
    load: async () => (await import('./install/install.js')).install,
  },
  ...LOGS,
  {
    name: 'events',
    summary: 'follow events, state changes and process events of jobs',
    operands: '',
    options: {
      job: { value: 'NAME', help: 'only this job, or jobs that match this pattern' },
      type: {
        value: 'TYPE',
        many: true,
        choices: FEED_TYPES,
        help: 'only entries of this type (repeatable)',
      },
      since: { value: 'TIME', help: 'start at this time: 10s (ago), 5min, 14:30, or a date' },
      'no-follow': { help: 'print past entries and exit' },
      'all-processes': { help: 'also every fork, exec and exit of jobs, and every log line' },
      all: { help: 'processes of the whole machine (with the connector)' },
      verbose: { short: 'v', help: 'also CPU, kernel sequence number and nanoseconds' },
      pending: { help: 'show instead what is waiting, and for what' },
    },
    load: async () => (await import('./commands/events.js')).events,
  },
  {
    name: 'emit',
    summary: 'emit an event and wait until everything that it started or stopped is done',
    operands: '<event> [variable...]',
    options: { 'no-wait': { help: 'do not wait' }, timeout: TIMEOUT },
    load: async () => (await import('./commands/emit.js')).emit,
  },
  {
    name: 'show-config',
    summary: 'show the events that jobs emit and wait for',
    operands: '[job...]',
    completes: 'jobs',
    options: { enumerate: { short: 'e', help: 'one line per event' } },
    load: async () => (await import('./commands/show-config.js')).showConfiguration,
  },
  {
    name: 'health',
    summary: 'check whether foster is alive or all jobs are ready, for health checks',
    operands: '',
    options: {
      level: { value: 'LEVEL', choices: ['live', 'ready'], help: 'live (default) or ready' },
      wait: { value: 'SECONDS', help: 'retry for at most this long' },
    },
    load: async () => (await import('./commands/health.js')).health,
  },
  {
    name: 'runlevel',
    summary: 'show the runlevel, or change it as telinit does',
    operands: '[level]',
    options: {},
    load: async () => (await import('./commands/runlevel.js')).runlevel,
  },
  {
    name: 'reload-configuration',
    summary: 'reread job files; report changes and errors',
    operands: '',
    options: {},
    load: async () => (await import('./commands/reload-configuration.js')).reloadConfiguration,
  },
  notice('reexec', 'replace the running foster by the installed program; jobs keep running'),
  {
    name: 'shutdown',
    summary: 'stop all jobs and exit foster',
    operands: '',
    options: { 'no-wait': { help: 'return as soon as foster has accepted the command' } },
    load: async () => (await import('./commands/shutdown.js')).shutdown,
  },
  {
    name: 'version',
    summary: 'show the versions of the running foster and of this program',
    operands: '',
    options: { client: { help: 'only the version of this program' } },
    load: async () => (await import('./commands/version.js')).version,
  },
  ...TRACING,
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    operands: '<shell>',
    completes: ['bash', 'zsh', 'fish'],
    options: {},
    load: async () => {
      const { completion } = await import('./commands/completion.js');
      return (invocation) => completion(COMMANDS, invocation);
    },
  },
  ...JOB_FILES,
];
