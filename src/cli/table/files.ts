/** Commands on job files. */
import type { CommandGroup } from '../command-spec.js';
import { KINDS } from '../../import/model.js';

export const FILES: CommandGroup = {
  title: 'Job files',
  commands: [
    {
      name: 'check',
      summary: 'report errors and warnings in job files',
      elsewhere: ['verify', 'lint', 'validate', 'check-config'],
      operands: '[path...]',
      completes: 'files',
      options: {
        schema: { help: 'print the JSON schema of a job class' },
        scripts: { help: 'a script with a shell syntax error is an error' },
        strict: { help: 'exit with status 1 also for warnings' },
      },
      load: async () => (await import('../commands/check.js')).check,
    },
    {
      name: 'cat',
      summary: 'print the job files and overrides of jobs',
      operands: '<job...>',
      completes: 'jobs',
      options: {},
      load: async () => (await import('../commands/cat.js')).cat,
    },
    {
      name: 'edit',
      summary: 'edit a job file; it is saved only if it has no errors',
      operands: '<job>',
      completes: 'jobs',
      options: { from: { value: 'FILE', help: 'start with the text of this file, such as a rejected edit' } },
      load: async () => (await import('../commands/edit.js')).edit,
    },
    {
      name: 'reload-configuration',
      summary: 'reread job files; report changes and errors',
      elsewhere: ['daemon-reload', 'reread', 'update', 'rescan', 'replan'],
      operands: '',
      options: {},
      load: async () => (await import('../commands/reload-configuration.js')).reloadConfiguration,
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
      load: async () => (await import('../commands/import.js')).importDefinitions,
    },
    {
      name: 'convert',
      summary: 'convert a job file between .conf and .ini (comments are lost)',
      operands: '<file>',
      completes: 'files',
      options: {
        to: { value: 'FORM', choices: ['ini', 'conf'], help: 'format to write (default: the other one)' },
      },
      load: async () => (await import('../commands/convert.js')).convertFile,
    },
  ],
};
