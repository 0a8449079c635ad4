/** Commands on the output of jobs and on events. */
import { INSTANCE, TIMEOUT, type CommandGroup, type CommandSpec } from '../command-spec.js';

/** The types of entries in `foster events` (docs/events.md): entries, process events, verdicts. */
const FEED_TYPES = [
  ...['event', 'state', 'verdict', 'process', 'log'],
  ...['fork', 'exec', 'sid', 'uid', 'gid', 'comm', 'ptrace', 'coredump', 'exit', 'ns', 'namespace'],
  ...['adopted', 'overflow'],
  ...['main', 'hand-off', 'died', 'ended', 'ambiguous', 'detached'],
];

const LOG: CommandSpec = {
  name: 'log',
  summary: 'show the output of jobs; without a name, of all jobs',
  elsewhere: ['tail', 'maintail', 'journal', 'journalctl', 'output'],
  operands: '[job...]',
  completes: 'jobs',
  options: {
    follow: { short: 'f', help: 'follow new output until foster exits' },
    lines: {
      short: 'n',
      value: 'N',
      help: 'last N lines (default: 100, or everything that other options select)',
    },
    since: { value: 'TIME', help: 'output since this time: 10s (ago), 5min, 2h, 14:30, or a date' },
    until: { value: 'TIME', help: 'output until this time' },
    grep: { value: 'REGEXP', help: 'only lines that match this regular expression' },
    stderr: { help: 'only standard error (of jobs with `log split`)' },
    timestamps: { short: 't', help: 'show the time of each line' },
    plain: { help: 'omit the lines that mark starts and exits' },
    instance: INSTANCE,
  },
  load: async () => (await import('../commands/log.js')).log,
};

export const LOGS: CommandGroup = {
  title: 'Logs and events',
  commands: [
    LOG,
    // an alias, since users of `docker logs` and `kubectl logs` type the plural
    { ...LOG, name: 'logs', summary: 'same as log', elsewhere: [] },
    {
      name: 'events',
      summary: 'follow events, state changes and process events of jobs',
      elsewhere: ['monitor', 'watch', 'changes', 'notices'],
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
      load: async () => (await import('../commands/events.js')).events,
    },
    {
      name: 'emit',
      summary: 'emit an event and wait until everything that it started or stopped is done',
      operands: '<event> [variable...]',
      options: { 'no-wait': { help: 'do not wait' }, timeout: TIMEOUT },
      load: async () => (await import('../commands/emit.js')).emit,
    },
    {
      name: 'show-config',
      summary: 'show the events that jobs emit and wait for',
      operands: '[job...]',
      completes: 'jobs',
      options: { enumerate: { short: 'e', help: 'one line per event' } },
      load: async () => (await import('../commands/show-config.js')).showConfiguration,
    },
  ],
};
