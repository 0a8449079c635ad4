/** Commands that start, stop and change jobs. */
import { INSTANCE, TIMEOUT, type CommandGroup, type CommandSpec, type OptionSpec } from '../command-spec.js';

const NO_WAIT: OptionSpec = { help: 'return as soon as foster has accepted the command' };

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
      const { commandOn } = await import('../commands/job-command.js');
      return commandOn(name);
    },
  };
}

function enabling(name: 'enable' | 'disable', summary: string, elsewhere: readonly string[]): CommandSpec {
  return {
    name,
    summary,
    elsewhere,
    operands: '<job...>',
    completes: 'jobs',
    options: {},
    load: async () => (await import('../commands/enable.js')).enabling(name),
  };
}

export const ACT: CommandGroup = {
  title: 'Start, stop and change jobs',
  commands: [
    jobCommand('start', 'start jobs', {
      force: { help: 'start even if processes of the job may have survived a crash of foster' },
      wait: { value: 'SECONDS', help: 'fail if the job ends within this time after its start' },
    }),
    { ...jobCommand('stop', 'stop jobs'), elsewhere: ['rm', 'remove', 'delete', 'terminate'] },
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
      name: 'signal',
      summary: 'send a signal to the main process of jobs: foster signal web HUP',
      elsewhere: ['kill'],
      operands: '<job...>',
      completes: 'jobs',
      options: { group: { help: 'send it to the process group of main' }, instance: INSTANCE },
      load: async () => (await import('../commands/signal.js')).signal,
    },
    {
      name: 'run',
      summary: 'run COMMAND as a temporary job, which is removed when it has stopped',
      elsewhere: ['exec', 'systemd-run'],
      operands: '[command...]',
      runsProgram: true,
      options: {
        name: { value: 'NAME', help: 'name of the job (default: name of the program)' },
        env: { value: 'KEY=VALUE', many: true, help: 'environment variable (repeatable)' },
        user: { value: 'USER', help: 'user to run as' },
        respawn: { help: 'restart it when it exits' },
        timeout: TIMEOUT,
      },
      load: async () => (await import('../commands/run.js')).run,
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
      load: async () => (await import('../commands/scale.js')).scale,
    },
    enabling('enable', 'let jobs start automatically again', ['unmask']),
    enabling('disable', 'keep jobs from starting automatically, also after a reboot', ['mask']),
    {
      ...jobCommand('reset-failed', 'clear failures, respawn counters and backoff delays'),
      options: { instance: INSTANCE },
    },
    {
      ...jobCommand('freeze', 'freeze all processes of jobs (needs a cgroup stanza)'),
      options: { instance: INSTANCE },
    },
    { ...jobCommand('thaw', 'thaw frozen jobs'), options: { instance: INSTANCE } },
  ],
};
