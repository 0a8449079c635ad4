/** foster status: Upstart's line first, then everything that helps to understand it. */
import { RefusedError, type ControlClient } from '../../control/client.js';
import type { ErrorBody } from '../../control/errors.js';
import type { JobStatus } from '../../supervisor/api.js';
import { CliError } from '../cli-error.js';
import { EXIT, STATUS_EXIT } from '../exit-status.js';
import { statusDetails } from '../format/status-details.js';
import type { Invocation } from '../invocation.js';
import { namedJobs, type Named } from '../named-jobs.js';
import { jobPath, jobsCalled, matchingJobs, unknownJob } from '../select-jobs.js';

export async function status(invocation: Invocation): Promise<number> {
  try {
    return await show(invocation);
  } catch (error) {
    // LSB: a status that cannot be told is 4, whatever the reason; a wrong command line remains one
    if (error instanceof CliError && error.status === EXIT.usage) throw error;
    if (!(error instanceof Error)) throw error;
    if (invocation.json) invocation.printJson(errorBody(error));
    throw new CliError(error.message, STATUS_EXIT.unknown);
  }
}

async function show(invocation: Invocation): Promise<number> {
  const { names, env } = invocation.namesAndEnvironment();
  const client = invocation.client();
  const named = await namedJobs(client, names);
  const [first] = named;
  if (first?.kind === 'job' && named.length === 1) {
    const { name, instance = invocation.value('instance') } = first.target;
    const job = await one(client, name, env, instance);
    const jobs = job instanceof Array ? job : [job];
    return print(invocation, job, jobs);
  }
  const jobs = names.length === 0 ? await matchingJobs(client, []) : await allOf(client, named);
  return print(invocation, jobs, jobs);
}

/** A job that is none because of its file is shown as that. */
async function brokenJob(client: ControlClient, name: string): Promise<JobStatus> {
  const [job] = await jobsCalled(client, { name });
  if (job === undefined) throw await unknownJob(client, name);
  return job;
}

async function allOf(client: ControlClient, named: readonly Named[]): Promise<readonly JobStatus[]> {
  const groups = await Promise.all(
    named.map(async (one): Promise<readonly JobStatus[]> => {
      const found = one.kind === 'pattern' ? one.jobs : await jobsCalled(client, one.target);
      if (found.length === 0) throw await unknownJob(client, one.word);
      return found;
    }),
  );
  return groups.flat();
}

/** The one job that is meant; all instances when nothing says which. */
async function one(
  client: ControlClient,
  name: string,
  env: readonly string[],
  instance: string | undefined,
): Promise<JobStatus | readonly JobStatus[]> {
  try {
    return await client.request<JobStatus>(jobPath(name, env, instance));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (error.code === 'unknown-job') return brokenJob(client, name);
    const unspecified = error.code === 'unknown-parameter' && env.length === 0 && instance === undefined;
    if (!unspecified) throw error;
    return jobsCalled(client, { name });
  }
}

/** @param shown what JSON shows: one job, or several */
function print(invocation: Invocation, shown: unknown, jobs: readonly JobStatus[]): number {
  if (invocation.json) {
    invocation.printJson(shown);
    return EXIT.ok;
  }
  for (const job of jobs) invocation.printAll(statusDetails(job, Date.now()));
  const running = jobs.every((job) => job.goal !== 'stop' && job.state === 'running');
  return running ? STATUS_EXIT.running : STATUS_EXIT.notRunning;
}

function errorBody(error: Error): ErrorBody {
  if (error instanceof RefusedError) return error.body;
  const unknown = error instanceof CliError && error.status === EXIT.unknownJob;
  return { error: unknown ? 'unknown-job' : 'internal', message: error.message };
}
