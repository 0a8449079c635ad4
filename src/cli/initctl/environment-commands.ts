/**
 * get-env, list-env, set-env, unset-env, reset-env: read and change the environment that jobs get (Upstart
 * section 6).
 */
import type { EnvironmentBody } from '../../control/protocol.js';
import type { EnvironmentChange } from '../../supervisor/api/requests.js';
import type { OptionTable } from './arguments.js';
import type { Context, InitctlCommand } from './command.js';
import { Failure, UsageError } from './failure.js';

const GLOBAL: OptionTable = {
  global: { short: 'g', help: 'use the environment of all jobs, also inside a job' },
};

export const environmentCommands: Readonly<Record<string, InitctlCommand>> = {
  'get-env': {
    synopsis: 'VARIABLE',
    summary: 'retrieve the value of a job environment variable',
    options: GLOBAL,
    run: get,
  },
  'list-env': {
    synopsis: '',
    summary: 'show all job environment variables',
    options: GLOBAL,
    run: list,
  },
  'set-env': {
    synopsis: 'VARIABLE[=VALUE]',
    summary: 'set a job environment variable',
    options: { ...GLOBAL, retain: { short: 'r', help: 'do not replace the value if the variable is set' } },
    run: (context) =>
      change(context, {
        kind: 'set',
        variable: withValue(required(context, 'missing variable value')),
        retain: context.arguments.flags.has('retain'),
      }),
  },
  'unset-env': {
    synopsis: 'VARIABLE',
    summary: 'remove a job environment variable',
    options: GLOBAL,
    run: (context) => change(context, { kind: 'unset', name: required(context, 'missing variable name') }),
  },
  'reset-env': {
    synopsis: '',
    summary: 'revert all changes to the job environment',
    options: GLOBAL,
    run: (context) => change(context, { kind: 'reset' }),
  },
};

async function get(context: Context): Promise<undefined> {
  const name = required(context, 'missing variable name');
  const variable = (await read(context)).find((candidate) => candidate.startsWith(`${name}=`));
  if (variable === undefined) throw new Failure(`No such variable: ${name}`);
  context.print(variable.slice(name.length + 1));
}

async function list(context: Context): Promise<undefined> {
  for (const variable of [...(await read(context))].sort()) context.print(variable);
}

async function change(context: Context, wanted: EnvironmentChange): Promise<undefined> {
  const body: EnvironmentBody = { change: wanted, ...ownJob(context) };
  await context.client.request('/v1/environment', { method: 'POST', body });
}

async function read(context: Context): Promise<readonly string[]> {
  const query = new URLSearchParams(ownJob(context)).toString();
  return context.client.request(`/v1/environment?${query}`);
}

/**
 * Returns the job in which the command runs: its own table is the default there, unless `--global` is given.
 */
function ownJob({ terminal: { env }, arguments: { flags } }: Context): { job?: string; instance?: string } {
  const job = env['UPSTART_JOB'];
  if (!job || flags.has('global')) return {};
  return { job, instance: env['UPSTART_INSTANCE'] ?? '' };
}

function required({ arguments: { words } }: Context, complaint: string): string {
  const [word] = words;
  if (word === undefined) throw new UsageError(complaint);
  return word;
}

function withValue(variable: string): string {
  return variable.includes('=') ? variable : `${variable}=`;
}
