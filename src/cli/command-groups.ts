/** Commands of `foster` that belong together: parts of the table of all (command-table.ts). */
import type { CommandSpec, OptionSpec } from './command-spec.js';

export const TIMEOUT: OptionSpec = {
  value: 'SECONDS',
  help: 'wait at most this long; what was begun goes on',
};
export const INSTANCE: OptionSpec = { value: 'NAME', help: 'the instance of this name' };

const LOG: CommandSpec = {
  name: 'log',
  summary: 'show what jobs wrote; without a job, what all wrote',
  operands: '[job...]',
  completes: 'jobs',
  options: {
    follow: { short: 'f', help: 'go on as it is written, until the supervisor ends' },
    lines: {
      short: 'n',
      value: 'N',
      help: 'the last N lines (default: 100, or all that another option selects)',
    },
    since: { value: 'TIME', help: 'what was written from then on: 10s, 5min, 2h, 14:30, or a date' },
    until: { value: 'TIME', help: 'what was written until then' },
    grep: { value: 'REGEXP', help: 'only lines that match this regular expression' },
    stderr: { help: 'only standard error, of jobs that keep it apart (`log split`)' },
    timestamps: { short: 't', help: 'with the time of each line' },
    plain: { help: 'without the lines that say where runs of the job began and ended' },
    instance: INSTANCE,
  },
  load: async () => (await import('./commands/log.js')).log,
};

/** `docker logs` and `kubectl logs` have taught the plural. */
export const LOGS: readonly CommandSpec[] = [LOG, { ...LOG, name: 'logs', summary: 'the same as log' }];

/** What one does to a job and its files by hand. */
export const HANDS_ON: readonly CommandSpec[] = [
  {
    name: 'run',
    summary: 'run COMMAND as a job, supervised like any other; it goes when it has been stopped',
    operands: '[command...]',
    runsProgram: true,
    options: {
      name: { value: 'NAME', help: 'name of the job (default: that of the program)' },
      env: { value: 'KEY=VALUE', many: true, help: 'a variable for the command (repeatable)' },
      user: { value: 'USER', help: 'as whom it runs' },
      respawn: { help: 'start it again when it ends' },
      timeout: TIMEOUT,
    },
    load: async () => (await import('./commands/run.js')).run,
  },
  {
    name: 'scale',
    summary:
      'set how many instances jobs have: web 3, or web=3 worker=2; without a number what the file says',
    operands: '<job...>',
    completes: 'jobs',
    options: {
      'no-wait': { help: 'answer as soon as the jobs were told' },
      timeout: TIMEOUT,
    },
    load: async () => (await import('./commands/scale.js')).scale,
  },
  {
    name: 'signal',
    summary: 'send the main process of jobs a signal, which is the last word: foster signal web HUP',
    operands: '<job...>',
    completes: 'jobs',
    options: { group: { help: 'to its process group' }, instance: INSTANCE },
    load: async () => (await import('./commands/signal.js')).signal,
  },
  {
    name: 'cat',
    summary: 'show the files that define jobs, with their overrides',
    operands: '<job...>',
    completes: 'jobs',
    options: {},
    load: async () => (await import('./commands/cat.js')).cat,
  },
  {
    name: 'edit',
    summary: "open a job's file in an editor, check it, and have it read; a broken one is not taken",
    operands: '<job>',
    completes: 'jobs',
    options: { from: { value: 'FILE', help: 'with this text: what an edit that was refused has left' } },
    load: async () => (await import('./commands/edit.js')).edit,
  },
];

/** What foster shows over HTTP on the loopback interface, by processes of their own. */
export const SERVED: readonly CommandSpec[] = [
  {
    name: 'metrics',
    summary: 'show metrics as OpenMetrics text, or serve them to Prometheus',
    operands: '',
    options: {
      listen: { value: 'PORT', help: 'serve them on this port of the loopback interface (or ADDRESS:PORT)' },
    },
    load: async () => (await import('./commands/metrics.js')).metrics,
  },
  {
    name: 'web',
    summary: 'show jobs as a page in a browser of this machine; prints its address with the token',
    operands: '',
    options: {
      listen: {
        value: 'PORT',
        help: 'on this port of the loopback interface (or ADDRESS:PORT; default: a free one)',
      },
      'read-only': { help: 'the page shows everything and changes nothing' },
      'token-file': {
        value: 'FILE',
        help: 'write the address with the token to this file, instead of printing it',
      },
    },
    load: async () => (await import('./commands/web.js')).web,
  },
];
