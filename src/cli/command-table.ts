/** All commands of `foster`. Data only: what does the work is read when it is asked for. */
import { KINDS } from '../import/model.js';
import { MANAGERS } from './install/service.js';
import { HANDS_ON, INSTANCE, LOGS, SERVED, TIMEOUT } from './command-groups.js';
import type { CommandSpec, OptionSpec } from './command-spec.js';

const NO_WAIT: OptionSpec = { help: 'answer as soon as the job was told' };

/** What `foster events` tells of (docs/events.md): entries, process events, verdicts. */
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

/** A command that only tells the supervisor something. */
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
    summary: 'run as init or as a supervisor; COMMAND after -- runs as the essential job',
    operands: '[command...]',
    runsProgram: true,
    options: {
      confdir: { value: 'DIR', many: true, help: 'directory of job files, the best first (repeatable)' },
      logdir: { value: 'DIR', help: 'directory of log files' },
      statedir: { value: 'DIR', help: 'directory of what outlives a reboot (/var/lib/foster)' },
      'log-index': { value: 'DIR', help: 'directory of the times of log lines (docs/logs.md)' },
      rundir: { value: 'DIR', help: 'directory of the control socket and of saved state' },
      'startup-event': { value: 'NAME', help: 'the event emitted at the start (default: startup)' },
      'no-startup-event': { help: 'emit no event at the start' },
      'no-hand-off': { help: "COMMAND's end is the end, whatever it leaves behind" },
      user: { help: "run as a user's session init" },
      machine: { help: 'run as the init of a machine: signals power it off' },
      tracker: {
        value: 'SOURCE',
        choices: ['auto', 'connector', 'perf', 'ptrace', 'procfs'],
        help: 'where process events come from (default: auto, the first that works)',
      },
      'stop-budget': { value: 'SECONDS', help: 'how long a shutdown may take (default: 8)' },
      rules: {
        value: 'FILE',
        many: true,
        help: 'put the processes of the machine into cgroups by these rules (repeatable): the job foster-rules',
      },
      'inherit-env': { help: "give jobs foster's own environment" },
      'default-console': {
        value: 'CONSOLE',
        choices: ['log', 'none', 'output', 'owner', 'pty'],
        help: 'console of jobs that do not say (default: log)',
      },
      'no-log': { help: 'the same as --default-console none' },
      'log-format': {
        value: 'FORMAT',
        choices: ['text', 'json'],
        help: "form of foster's own log (default: text)",
      },
      'log-priority': { value: 'PRIORITY', help: 'least priority that is logged (default: message)' },
    },
    load: async () => (await import('./commands/init.js')).init,
  },
  jobCommand('start', 'start jobs', {
    force: { help: 'also beside processes of which a crash has left unclear whether they are of the job' },
    wait: { value: 'SECONDS', help: 'watch the job this long after its start: its end is a failure' },
  }),
  jobCommand('stop', 'stop jobs'),
  {
    ...jobCommand('restart', 'restart jobs; a stopped one is started', {
      keep: { help: 'as the job runs now, whatever its file says by now' },
      reload: { help: 'with the job file as it is now: the default' },
      all: { help: 'all jobs that run' },
    }),
    operands: '[job...]',
  },
  jobCommand('reload', 'send jobs their reload signal'),
  {
    ...jobCommand('reset-failed', 'forget failures, respawn counters and back-offs'),
    options: { instance: INSTANCE },
  },
  {
    ...jobCommand('freeze', 'stop every process of jobs where it stands (needs a cgroup stanza)'),
    options: { instance: INSTANCE },
  },
  { ...jobCommand('thaw', 'let the processes of frozen jobs go on'), options: { instance: INSTANCE } },
  ...HANDS_ON,
  enabling('enable', 'let jobs start by themselves again'),
  enabling('disable', 'let jobs start by command only, now and after every restart'),
  {
    name: 'status',
    summary: 'show all that is known of jobs: state, processes, last exits, last lines of their logs',
    operands: '[job...]',
    completes: 'jobs',
    options: {
      instance: INSTANCE,
      lines: { short: 'n', value: 'N', help: 'so many lines of the log (default: 10)' },
    },
    load: async () => (await import('./commands/status.js')).status,
  },
  {
    name: 'why',
    summary: 'say in sentences why jobs run, have stopped or failed, or wait',
    operands: '<job...>',
    completes: 'jobs',
    options: { instance: INSTANCE },
    load: async () => (await import('./commands/why.js')).why,
  },
  {
    name: 'list',
    summary: 'list jobs, one a line: state, uptime, restarts, what they use, and why',
    operands: '[pattern...]',
    completes: 'jobs',
    options: {
      failed: { help: 'only those that somebody has to look at' },
      names: { help: 'their names only, one a line' },
    },
    load: async () => (await import('./commands/list.js')).list,
  },
  {
    name: 'tree',
    summary: 'show the processes of jobs, and what they are to the job',
    operands: '[job...]',
    completes: 'jobs',
    options: { namespaces: { help: 'grouped by container: by the namespaces that they are in' } },
    load: async () => (await import('./commands/tree.js')).tree,
  },
  {
    name: 'top',
    summary: 'show jobs and what they use, on a terminal as a screen with keys (? shows them)',
    operands: '',
    options: {
      interval: { value: 'SECONDS', help: 'time between two looks (default: 1 on a screen, otherwise 2)' },
      count: { value: 'N', help: 'so many looks at a table instead (default: 1 where there is no terminal)' },
    },
    load: async () => (await import('./commands/top.js')).top,
  },
  ...SERVED,
  {
    name: 'install',
    summary: 'write the service by which systemd, OpenRC or sysvinit starts foster',
    operands: '',
    options: {
      user: { help: "a service of the user's own, for systemd's user manager" },
      manager: { value: 'NAME', help: 'instead of the one that is found here', choices: MANAGERS },
      root: { value: 'DIR', help: 'the root of another machine, which is being put together' },
      remove: { help: 'remove it; job files and logs stay' },
      'dry-run': { help: 'show what would be done' },
    },
    load: async () => (await import('./install/install.js')).install,
  },
  ...LOGS,
  {
    name: 'events',
    summary: 'follow what happens to jobs: events, states, who is main; with processes where that is wanted',
    operands: '',
    options: {
      job: { value: 'NAME', help: 'only those of this job, or of those that fit this pattern' },
      type: {
        value: 'TYPE',
        many: true,
        choices: FEED_TYPES,
        help: 'only entries, process events or verdicts of this type (repeatable)',
      },
      since: { value: 'TIME', help: 'begin with what was then: 10s, 5min, 14:30, or a date' },
      'no-follow': { help: 'end with what has been, instead of going on' },
      'all-processes': { help: 'everything: forks, execs and exits of jobs, and each line of the log, too' },
      all: { help: 'processes of the whole machine, not of jobs alone (connector)' },
      verbose: { short: 'v', help: "the kernel's order, too: cpu, sequence number, nanoseconds" },
      pending: { help: 'show what waits, and for what, instead' },
    },
    load: async () => (await import('./commands/events.js')).events,
  },
  {
    name: 'emit',
    summary: 'emit an event, and wait until what it caused is done',
    operands: '<event> [variable...]',
    options: { 'no-wait': { help: 'do not wait' }, timeout: TIMEOUT },
    load: async () => (await import('./commands/emit.js')).emit,
  },
  {
    name: 'show-config',
    summary: 'show the events that jobs emit and wait for',
    operands: '[job...]',
    completes: 'jobs',
    options: { enumerate: { short: 'e', help: 'one line an event' } },
    load: async () => (await import('./commands/show-config.js')).showConfiguration,
  },
  {
    name: 'health',
    summary: 'is the supervisor alive, or is everything ready: for container health checks',
    operands: '',
    options: {
      level: { value: 'LEVEL', choices: ['live', 'ready'], help: 'live (default) or ready' },
      wait: { value: 'SECONDS', help: 'ask again until it is so, or this long' },
    },
    load: async () => (await import('./commands/health.js')).health,
  },
  {
    name: 'runlevel',
    summary: 'show the runlevel, or change it: emit the event runlevel, as telinit does',
    operands: '[level]',
    options: {},
    load: async () => (await import('./commands/runlevel.js')).runlevel,
  },
  {
    name: 'reload-configuration',
    summary: 'read the job files again, and say what has changed and what is wrong',
    operands: '',
    options: {},
    load: async () => (await import('./commands/reload-configuration.js')).reloadConfiguration,
  },
  notice('reexec', 'replace the supervisor by its program as it is now; jobs go on'),
  {
    name: 'shutdown',
    summary: 'stop every job and end the supervisor',
    operands: '',
    options: { 'no-wait': { help: 'answer as soon as the supervisor was told' } },
    load: async () => (await import('./commands/shutdown.js')).shutdown,
  },
  {
    name: 'version',
    summary: 'show the version of the supervisor that runs, and of this program',
    operands: '',
    options: { client: { help: 'of this program only' } },
    load: async () => (await import('./commands/version.js')).version,
  },
  {
    name: 'record',
    summary: 'write down what the tracker sees of a program, for replay',
    operands: '[command...]',
    runsProgram: true,
    options: {
      output: {
        short: 'o',
        value: 'FILE',
        help: "the trace (default: standard output; COMMAND's goes to standard error then)",
      },
      job: { value: 'NAME', help: 'the present or the next run of a job, as the supervisor sees it' },
      pid: { value: 'PID', help: 'a process that runs already' },
      tracker: {
        value: 'SOURCE',
        choices: ['auto', 'connector', 'perf', 'ptrace', 'procfs'],
        help: 'where process events come from (default: auto)',
      },
    },
    load: async () => (await import('./commands/record.js')).record,
  },
  {
    name: 'rules',
    summary:
      'put the processes of the machine into cgroups by cgrules.conf(5), as cgrulesengd does; or explain PID',
    operands: '[words...]',
    options: {
      config: {
        value: 'FILE',
        many: true,
        help: 'file or directory of rules (repeatable; default: /etc/cgrules.conf, /etc/cgrules.d)',
      },
      templates: {
        value: 'FILE',
        many: true,
        help: 'file or directory of templates (repeatable; default: /etc/cgconfig.conf, /etc/cgconfig.d)',
      },
      'dry-run': { help: 'say what would be done, and do nothing' },
      once: { help: 'look at the processes that there are, and end' },
      verbose: { help: 'say each move, and each group that is made' },
      'sticky-socket': {
        value: 'PATH',
        help: 'where cgexec and cgclassify ask to leave processes alone (default: /var/run/cgred.socket); none',
      },
    },
    load: async () => (await import('./commands/rules.js')).rules,
  },
  {
    name: 'doctor',
    summary: 'say what this kernel and container allow, and what would enable the rest',
    operands: '',
    options: {},
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    operands: '<shell>',
    completes: ['bash', 'zsh', 'fish'],
    options: {},
    load: async () => {
      const { completion } = await import('./commands/completion.js');
      return (invocation) => completion(COMMANDS, invocation);
    },
  },
  {
    name: 'check',
    summary: 'say what is wrong with job files',
    operands: '[path...]',
    completes: 'files',
    options: {
      schema: { help: 'print the JSON schema of a class' },
      scripts: { help: 'count it as an error when the shell refuses a script' },
      strict: { help: 'end with status 1 when there are warnings, too' },
    },
    load: async () => (await import('./commands/check.js')).check,
  },
  {
    name: 'convert',
    summary: 'write a job file in the other form (without its comments)',
    operands: '<file>',
    completes: 'files',
    options: {
      to: { value: 'FORM', choices: ['ini', 'conf'], help: 'the form to write (default: the other one)' },
    },
    load: async () => (await import('./commands/convert.js')).convertFile,
  },
  {
    name: 'import',
    summary:
      'make job files from systemd units, supervisord.conf, a Procfile, pm2, s6, runit or Compose files',
    operands: '<path...>',
    completes: 'files',
    options: {
      output: {
        short: 'o',
        value: 'DIR',
        help: 'directory for the job files (default: this one); none is overwritten',
      },
      'dry-run': { help: 'print the job files, and write nothing' },
      from: {
        value: 'KIND',
        choices: KINDS,
        help: 'what the paths are (default: told from names and contents)',
      },
      env: { value: 'NAME', help: 'of pm2: take env_NAME, too' },
      'env-file': { value: 'FILE', help: 'of a Procfile: variables (default: .env beside it)' },
      'run-config': {
        help: 'of pm2: run a JavaScript file to know what it exports, in a process without rights',
      },
    },
    load: async () => (await import('./commands/import.js')).importDefinitions,
  },
  {
    name: 'replay',
    summary: 'feed a recorded trace through the tracker and print its verdicts',
    operands: '<file>',
    completes: 'files',
    options: {},
    load: async () => (await import('./commands/replay.js')).replayTrace,
  },
];

/** Names of all commands. */
export function commandNames(): readonly string[] {
  return COMMANDS.map(({ name }) => name);
}
