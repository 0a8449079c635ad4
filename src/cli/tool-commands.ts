/** Commands that need no supervisor, parts of the command table. */
import { KINDS } from '../import/model.js';
import type { CommandSpec } from './command-spec.js';
import { SOURCE_CHOICES } from '../tracker/sources/source.js';

export const TRACING: readonly CommandSpec[] = [
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
    load: async () => (await import('./commands/record.js')).record,
  },
  {
    name: 'rules',
    summary: 'put processes of the whole machine into cgroups by cgrules.conf(5); or explain PID',
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
      'dry-run': { help: 'only print what would be done' },
      once: { help: 'classify the existing processes and exit' },
      verbose: { help: 'print each move and each new group' },
      'sticky-socket': {
        value: 'PATH',
        help: 'socket for cgexec --sticky (default: /var/run/cgred.socket), or none',
      },
    },
    load: async () => (await import('./commands/rules.js')).rules,
  },
  {
    name: 'doctor',
    summary: 'show what this kernel and container allow, and how to enable the rest',
    operands: '',
    options: {},
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
];

export const JOB_FILES: readonly CommandSpec[] = [
  {
    name: 'check',
    summary: 'report errors and warnings in job files',
    operands: '[path...]',
    completes: 'files',
    options: {
      schema: { help: 'print the JSON schema of a job class' },
      scripts: { help: 'a script with a shell syntax error is an error' },
      strict: { help: 'exit with status 1 also for warnings' },
    },
    load: async () => (await import('./commands/check.js')).check,
  },
  {
    name: 'convert',
    summary: 'convert a job file between .conf and .ini (comments are lost)',
    operands: '<file>',
    completes: 'files',
    options: {
      to: { value: 'FORM', choices: ['ini', 'conf'], help: 'format to write (default: the other one)' },
    },
    load: async () => (await import('./commands/convert.js')).convertFile,
  },
  {
    name: 'import',
    summary: 'create job files from systemd, supervisord, Procfile, pm2, s6, runit or Compose',
    operands: '<path...>',
    completes: 'files',
    options: {
      output: {
        short: 'o',
        value: 'DIR',
        help: 'directory for the job files (default: .); existing files are kept',
      },
      'dry-run': { help: 'print the job files instead of writing them' },
      from: {
        value: 'KIND',
        choices: KINDS,
        help: 'format of the paths (default: detected)',
      },
      env: { value: 'NAME', help: 'pm2: also use env_NAME' },
      'env-file': { value: 'FILE', help: 'Procfile: file of variables (default: .env beside it)' },
      'run-config': {
        help: 'pm2: run a JavaScript file, without privileges, to read its exports',
      },
    },
    load: async () => (await import('./commands/import.js')).importDefinitions,
  },
  {
    name: 'replay',
    summary: 'run a recorded trace through the tracker and print which process is main',
    operands: '<file>',
    completes: 'files',
    options: {},
    load: async () => (await import('./commands/replay.js')).replayTrace,
  },
];
