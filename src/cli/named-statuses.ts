/** Returns the statuses of the jobs that a command line names, with their history. */
import { RefusedError, type ControlClient } from '../control/client/client.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import { jobTitle } from './format/status-line.js';
import type { Invocation } from './invocation.js';
import { namedJobs, withoutPids, type Named } from './named-jobs.js';
import { jobPath, jobsCalled, matchingJobs, unknownInstance, unknownJob } from './select-jobs.js';

interface NamedStatuses {
  readonly jobs: readonly JobStatus[];
  /** a single name that means one job: JSON shows that job instead of a list */
  readonly isOne: boolean;
}

/**
 * Returns the statuses; without names, those of all jobs.
 * @throws CliError for an unknown name
 */
export async function namedStatuses(invocation: Invocation): Promise<NamedStatuses> {
  const { names: words, env } = invocation.namesAndEnvironment();
  const client = invocation.client();
  const names = await withoutPids(client, words);
  const named = await namedJobs(client, names);
  const [first] = named;
  if (first?.kind === 'job' && named.length === 1) {
    const { name, instance = invocation.value('instance') } = first.target;
    const found = await one(client, name, env, instance);
    if ('name' in found) return { jobs: [found], isOne: true };
    return { jobs: await withHistory(client, found), isOne: false };
  }
  const jobs = names.length === 0 ? await matchingJobs(client, []) : await allOf(client, named);
  return { jobs: await withHistory(client, jobs), isOne: false };
}

/** Adds the history, which lists of jobs lack. */
async function withHistory(client: ControlClient, jobs: readonly JobStatus[]): Promise<readonly JobStatus[]> {
  const full = await client.request<readonly JobStatus[]>('/v1/jobs?history=true');
  const byTitle = new Map(full.map((job) => [jobTitle(job), job]));
  return jobs.map((job) => byTitle.get(jobTitle(job)) ?? job);
}

/** Returns a job that is not defined because its file is broken, with that as its state. */
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

/** Returns the one job that is meant, or all instances when none is named. */
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
    if (error.code === 'unknown-instance') throw await unknownInstance(client, name, error.body.message);
    const unspecified = error.code === 'unknown-parameter' && env.length === 0 && instance === undefined;
    if (!unspecified) throw error;
    return jobsCalled(client, { name });
  }
}
