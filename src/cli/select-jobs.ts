/** From the names and patterns on a command line to jobs. */
import type { ControlClient } from '../control/client.js';
import { RefusedError } from '../control/client.js';
import type { ClassReport, JobStatus } from '../supervisor/api.js';
import { nearestWord } from '../jobfile/nearest-word.js';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-status.js';

/** A word with a wildcard of fnmatch(3) means all jobs that fit. */
export function isPattern(word: string): boolean {
  return /[*?[]/.test(word);
}

export async function matchingJobs(
  client: ControlClient,
  patterns: readonly string[],
): Promise<readonly JobStatus[]> {
  const query = new URLSearchParams(patterns.map((pattern): [string, string] => ['match', pattern]));
  return client.request<readonly JobStatus[]>(
    `/v1/jobs${patterns.length === 0 ? '' : `?${query.toString()}`}`,
  );
}

/** Path of a job, with what tells its instance. */
export function jobPath(name: string, env: readonly string[] = [], instance?: string): string {
  const query = new URLSearchParams(env.map((variable): [string, string] => ['env', variable]));
  if (instance !== undefined) query.set('instance', instance);
  const text = query.toString();
  return `/v1/jobs/${encodeURIComponent(name)}${text === '' ? '' : `?${text}`}`;
}

/** Why there is no such job: nothing of the name, or a job file with an error in it. */
export async function unknownJob(client: ControlClient, name: string): Promise<CliError> {
  const query = new URLSearchParams({ name }).toString();
  const reports = await client
    .request<readonly ClassReport[]>(`/v1/classes?${query}`)
    .catch((error: unknown) => {
      // a stranger may not read job files: the name alone has to do
      if (error instanceof RefusedError) return [];
      throw error;
    });
  const errors = reports.flatMap(({ path, errors }) =>
    // line 0: the file as a whole
    errors.map(({ line, message }) => `${path}${line === 0 ? '' : `:${line}`}: ${message}`),
  );
  const reason = errors.length === 0 ? await likelyName(client, name) : ` (${errors.join('; ')})`;
  return new CliError(`Unknown job: ${name}${reason}`, EXIT.unknownJob);
}

/** The job that was probably meant, in words. */
async function likelyName(client: ControlClient, name: string): Promise<string> {
  if (isPattern(name)) return '';
  const nearest = nearestWord(
    name,
    (await matchingJobs(client, [])).map((job) => job.name),
  );
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
