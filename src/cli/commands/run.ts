/** foster run [--name NAME] -- COMMAND: runs a command as a job, without a job file. */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { usageError } from '../cli-error.js';
import { EXIT, refusedStatus } from '../exit-status.js';
import { commandFailure, commandSuccess } from '../format/command-answer.js';
import type { Invocation } from '../invocation.js';
import { isCodedError } from '../../kernel/errno.js';

export async function run(invocation: Invocation): Promise<number> {
  const [program, ...args] = invocation.words;
  if (program === undefined)
    throw usageError('run: missing the command, for instance `foster run -- python3 -m http.server`');
  const client = invocation.client();
  const name = invocation.value('name') ?? (await freeName(client, program));
  const timeout = invocation.duration('timeout');
  const user = invocation.value('user');
  const body = {
    name,
    argv: [found(program, invocation.terminal.env['PATH']), ...args],
    env: invocation.values('env'),
    directory: process.cwd(),
    ...(user !== undefined && { user }),
    ...(invocation.has('respawn') && { respawn: true }),
    ...(timeout !== undefined && { timeout }),
  };
  try {
    const answer = await client.request<CommandAnswer>('/v1/run', { method: 'POST', body });
    if (invocation.json) invocation.printJson(answer);
    else invocation.explain(commandSuccess(answer, name));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (invocation.json) invocation.printJson(error.body);
    else {
      const [first, ...further] = commandFailure(name, error.body);
      invocation.complain(first, ...further);
    }
    return refusedStatus(error.code);
  }
}

/** Returns the program's name, with a number when a job has that name already. */
async function freeName(client: ControlClient, program: string): Promise<string> {
  const base =
    basename(program)
      .replace(/[^\w.@-]/g, '-')
      .replace(/^[.@-]+/, '')
      .slice(0, 80) || 'run';
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs');
  const taken = new Set(jobs.map((job) => job.name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/**
 * Returns the path of the program in the user's own PATH, as their shell would find it. If there is none, the
 * supervisor reports the error.
 */
function found(program: string, path = ''): string {
  if (program.includes('/')) return program;
  const at = path
    .split(':')
    .map((directory) => join(directory === '' ? '.' : directory, program))
    .find(isProgram);
  return at === undefined ? program : at.startsWith('/') ? at : join(process.cwd(), at);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (isCodedError(error)) return false;
    throw error;
  }
}
