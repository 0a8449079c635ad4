/** Commands of `foster` that belong together: parts of the whole table in command-table.ts. */
import type { CommandSpec, OptionSpec } from './command-spec.js';

export const TIMEOUT: OptionSpec = {
  value: 'SECONDS',
  help: 'longest time to wait; the operation itself continues',
};
export const INSTANCE: OptionSpec = { value: 'NAME', help: 'the instance with this name' };

const LOG: CommandSpec = {
  name: 'log',
  summary: 'show the output of jobs; without a name, of all jobs',
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
  load: async () => (await import('./commands/log.js')).log,
};

/** An alias, since users of `docker logs` and `kubectl logs` type the plural. */
export const LOGS: readonly CommandSpec[] = [LOG, { ...LOG, name: 'logs', summary: 'same as log' }];

/** Commands that act on one job or its files. */
export const HANDS_ON: readonly CommandSpec[] = [
  {
    name: 'run',
    summary: 'run COMMAND as a temporary job, which is removed when it has stopped',
    operands: '[command...]',
    runsProgram: true,
    options: {
      name: { value: 'NAME', help: 'name of the job (default: name of the program)' },
      env: { value: 'KEY=VALUE', many: true, help: 'environment variable (repeatable)' },
      user: { value: 'USER', help: 'user to run as' },
      respawn: { help: 'restart it when it exits' },
      timeout: TIMEOUT,
    },
    load: async () => (await import('./commands/run.js')).run,
  },
  {
    name: 'scale',
    summary: 'set the number of instances: web 3, or web=3 worker=2; without a number, as in the job file',
    operands: '<job...>',
    completes: 'jobs',
    options: {
      'no-wait': { help: 'return as soon as foster has accepted the command' },
      timeout: TIMEOUT,
    },
    load: async () => (await import('./commands/scale.js')).scale,
  },
  {
    name: 'signal',
    summary: 'send a signal to the main process of jobs: foster signal web HUP',
    operands: '<job...>',
    completes: 'jobs',
    options: { group: { help: 'send it to the process group of main' }, instance: INSTANCE },
    load: async () => (await import('./commands/signal.js')).signal,
  },
  {
    name: 'cat',
    summary: 'print the job files and overrides of jobs',
    operands: '<job...>',
    completes: 'jobs',
    options: {},
    load: async () => (await import('./commands/cat.js')).cat,
  },
  {
    name: 'edit',
    summary: 'edit a job file; it is saved only if it has no errors',
    operands: '<job>',
    completes: 'jobs',
    options: { from: { value: 'FILE', help: 'start with the text of this file, such as a rejected edit' } },
    load: async () => (await import('./commands/edit.js')).edit,
  },
];

/** Commands that serve over HTTP on the loopback interface, each in a process of its own. */
export const SERVED: readonly CommandSpec[] = [
  {
    name: 'metrics',
    summary: 'print metrics as OpenMetrics text, or serve them to Prometheus',
    operands: '',
    options: {
      listen: { value: 'PORT', help: 'serve metrics on this loopback port (or ADDRESS:PORT)' },
    },
    load: async () => (await import('./commands/metrics.js')).metrics,
  },
  {
    name: 'web',
    summary: 'serve a web page on this machine; prints its address with a token',
    operands: '',
    options: {
      listen: {
        value: 'PORT',
        help: 'loopback port (or ADDRESS:PORT; default: a free one)',
      },
      'read-only': { help: 'offer no actions' },
      'token-file': {
        value: 'FILE',
        help: 'write the address to this file instead of printing it',
      },
    },
    load: async () => (await import('./commands/web.js')).web,
  },
];
