/** usage, show-config, check-config: print and check what job files say (Upstart section 6). */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { showConfig } from '../format/class-config.js';
import { checkConfig } from './check-config.js';
import type { Context, InitctlCommand } from './command.js';
import { Failure, UsageError } from './failure.js';
import { readClass, type ClassAnswer } from '../../control/class-answer.js';

export const configurationCommands: Readonly<Record<string, InitctlCommand>> = {
  usage: { synopsis: 'JOB', summary: "show the job's usage message if available", options: {}, run: usage },
  'show-config': {
    synopsis: '[CONF]',
    summary: 'show emits, start on and stop on details for job configurations',
    options: { enumerate: { short: 'e', help: 'enumerate emits, start on and stop on conditions' } },
    run: show,
  },
  'check-config': {
    synopsis: '[CONF]',
    summary: 'check for unreachable jobs and event conditions',
    options: {
      'ignore-events': {
        short: 'i',
        value: 'EVENT_LIST',
        help: 'ignore the events of this comma-separated list',
      },
      warn: { short: 'w', help: 'treat any unknown jobs and events as error' },
    },
    run: check,
  },
};

async function usage(context: Context): Promise<undefined> {
  const name = context.arguments.words[0] ?? context.terminal.env['UPSTART_JOB'];
  if (name === undefined) throw new UsageError('missing job name');
  const job = find(await classes(context), name, 'Unknown job');
  context.print(`Usage: ${job.usage ?? ''}`);
}

async function show(context: Context): Promise<undefined> {
  const known = await classes(context);
  const [name] = context.arguments.words;
  const shown = name === undefined ? known : [find(known, name, 'Unknown job')];
  const enumerate = context.arguments.flags.has('enumerate');
  for (const job of shown) context.print(showConfig(job, enumerate).trimEnd());
}

async function check(context: Context): Promise<number> {
  const known = await classes(context);
  const [name] = context.arguments.words;
  const checked = name === undefined ? known : [find(known, name, 'Invalid job class')];
  const problems = checkConfig(checked, known, {
    ignored: context.arguments.values['ignore-events']?.split(',') ?? [],
    strict: context.arguments.flags.has('warn'),
  });
  for (const problem of problems) context.print(problem);
  return problems.length === 0 ? 0 : 1;
}

async function classes({ client }: Context): Promise<readonly JobClass[]> {
  const reports = await client.request<readonly ClassAnswer[]>('/v1/classes');
  return reports
    .flatMap((report) => readClass(report).class ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function find(known: readonly JobClass[], name: string, complaint: string): JobClass {
  if (name === '') throw new Failure('Name may not be empty string');
  const job = known.find((candidate) => candidate.name === name);
  if (job === undefined) throw new Failure(`${complaint}: ${name}`);
  return job;
}
