/** Programs beside the supervisor. */
import type { CommandGroup, CommandSpec } from '../command-spec.js';
import { SOURCE_CHOICES } from '../../tracker/sources/source.js';

const SERVED: readonly CommandSpec[] = [
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
    load: async () => (await import('../commands/web.js')).web,
  },
  {
    name: 'metrics',
    summary: 'print metrics as OpenMetrics text, or serve them to Prometheus',
    operands: '',
    options: {
      listen: { value: 'PORT', help: 'serve metrics on this loopback port (or ADDRESS:PORT)' },
    },
    load: async () => (await import('../commands/metrics.js')).metrics,
  },
];

const TRACES: readonly CommandSpec[] = [
  {
    name: 'record',
    summary: 'record the process events of a program in a trace',
    operands: '[command...]',
    runsProgram: true,
    options: {
      output: {
        short: 'o',
        value: 'FILE',
        help: 'trace file (default: standard output; COMMAND then writes to standard error)',
      },
      job: { value: 'NAME', help: 'record the current or next run of a job' },
      pid: { value: 'PID', help: 'record a running process' },
      tracker: {
        value: 'SOURCE',
        choices: SOURCE_CHOICES,
        help: 'source of process events (default: auto)',
      },
    },
    load: async () => (await import('../commands/record.js')).record,
  },
  {
    name: 'replay',
    summary: 'run a recorded trace through the tracker and print which process is main',
    operands: '<file>',
    completes: 'files',
    options: {},
    load: async () => (await import('../commands/replay.js')).replayTrace,
  },
];

/** @param groups all of them; they are known only after this one */
export const tools = (groups: () => readonly CommandGroup[]): CommandGroup => ({
  title: 'Tools',
  commands: [
    ...SERVED,
    {
      name: 'completion',
      summary: 'print a completion script for bash, zsh or fish',
      operands: '<shell>',
      completes: ['bash', 'zsh', 'fish'],
      options: {},
      load: async () => {
        const { completion } = await import('../commands/completion.js');
        return (invocation) =>
          completion(
            groups().flatMap(({ commands }) => commands),
            invocation,
          );
      },
    },
    {
      name: 'help',
      summary: 'list the commands, or show how one of them is used',
      operands: '[command]',
      completes: 'commands',
      options: {},
      load: async () => {
        const { help } = await import('../commands/help.js');
        return (invocation) => help(groups(), invocation);
      },
    },
    ...TRACES,
  ],
});
