/** Commands that show jobs. */
import { INSTANCE, type CommandGroup } from '../command-spec.js';

export const LOOK: CommandGroup = {
  title: 'Look at jobs',
  commands: [
    {
      name: 'list',
      summary: 'list jobs: state, uptime, restarts, memory, CPU, reason',
      elsewhere: ['ls', 'ps', 'list-units', 'services', 'jobs', 'avail'],
      operands: '[pattern...]',
      completes: 'jobs',
      options: {
        failed: { help: 'only jobs that need attention' },
        names: { help: 'names only, one per line' },
      },
      load: async () => (await import('../commands/list.js')).list,
    },
    {
      name: 'status',
      summary: 'show details of jobs: state, processes, last exits, last log lines',
      elsewhere: ['show', 'describe', 'info', 'inspect', 'pid', 'is-active'],
      operands: '[job...]',
      completes: 'jobs',
      options: {
        instance: INSTANCE,
        lines: { short: 'n', value: 'N', help: 'number of log lines (default: 10)' },
      },
      load: async () => (await import('../commands/status.js')).status,
    },
    {
      name: 'why',
      summary: 'explain why jobs are running, waiting, stopped or failed',
      operands: '<job...>',
      completes: 'jobs',
      options: { instance: INSTANCE },
      load: async () => (await import('../commands/why.js')).why,
    },
    {
      name: 'tree',
      summary: 'show the processes of jobs and their roles',
      elsewhere: ['pstree', 'cgls'],
      operands: '[job...]',
      completes: 'jobs',
      options: { namespaces: { help: 'group them by container (their namespaces)' } },
      load: async () => (await import('../commands/tree.js')).tree,
    },
    {
      name: 'top',
      summary: 'show resource usage of jobs, updated continuously; ? shows the keys',
      elsewhere: ['monit', 'cgtop'],
      operands: '',
      options: {
        interval: { value: 'SECONDS', help: 'time between updates (default: 1 on a terminal, otherwise 2)' },
        count: { value: 'N', help: 'print a table N times and exit (default without a terminal: 1)' },
      },
      load: async () => (await import('../commands/top.js')).top,
    },
    {
      name: 'health',
      summary: 'check whether foster is alive or all jobs are ready, for health checks',
      elsewhere: ['ping', 'ready'],
      operands: '',
      options: {
        level: { value: 'LEVEL', choices: ['live', 'ready'], help: 'live (default) or ready' },
        wait: { value: 'SECONDS', help: 'retry for at most this long' },
      },
      load: async () => (await import('../commands/health.js')).health,
    },
  ],
};
