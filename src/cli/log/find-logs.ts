/** Finds the logs that the words of `foster log` name; the supervisor says where they are. */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import { jobTitle } from '../format/status-line.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import type { Invocation } from '../invocation.js';
import { namedJobs, splitWords } from '../named-jobs.js';
import { jobsCalled, matchingJobs, unknownJob } from '../select-jobs.js';
import type { LogSource } from './job-log.js';

interface Named {
  readonly name: string;
  readonly instance: string;
}

/** Returns the logs of the named jobs, or of all jobs. A job that has gone may have left a log. */
export async function findLogs(invocation: Invocation): Promise<readonly LogSource[]> {
  const client = invocation.client();
  const { found, known } = await chosenJobs(invocation, client);
  const indexes = await indexDirectory(client, [...found.values()][0]);
  const sources: LogSource[] = [];
  for (const [title, job] of found) {
    const own = await sourcesOf(client, { ...job, title, indexes });
    sources.push(...own.sources);
    if (own.isThere || !invocation.words.includes(job.name)) continue;
    if (!known.has(job.name)) throw await unknownJob(client, job.name);
    const instance =
      invocation.value('instance') === undefined ? '' : '; --instance names an instance that is gone';
    invocation.complain(
      `${title}: there is no log: nothing was written, or its console stanza says where to${instance}`,
    );
  }
  return sources;
}

/** Returns the directory of the indexes. Users who may not see it may not read logs, either. */
async function indexDirectory(client: ControlClient, job: Named | undefined): Promise<string> {
  try {
    return (await client.request<SupervisorReport>('/v1/report')).logIndex;
  } catch (error) {
    // this request is refused in words about logs
    if (error instanceof RefusedError && job !== undefined) await filesOf(client, job);
    throw error;
  }
}

async function chosenJobs(
  invocation: Invocation,
  client: ControlClient,
): Promise<{ found: ReadonlyMap<string, Named>; known: ReadonlySet<string> }> {
  const only = invocation.value('instance');
  const found = new Map<string, Named>();
  const known = new Set<string>();
  const take = ({ name, instance }: Named): void => {
    const job = { name, instance: only ?? instance };
    found.set(jobTitle(job), job);
  };
  if (invocation.words.length === 0) (await matchingJobs(client, [])).forEach(take);
  for (const named of await namedJobs(client, splitWords(invocation.words).names)) {
    const jobs = named.kind === 'pattern' ? named.jobs : await jobsCalled(client, named.target);
    if (jobs.length === 0 && named.kind === 'pattern') throw await unknownJob(client, named.word);
    for (const { name } of jobs) known.add(name);
    jobs.forEach(take);
    // a job that has gone may have left a log
    if (jobs.length === 0 && named.kind === 'job') take({ instance: '', ...named.target });
  }
  return { found, known };
}

/**
 * Returns the logs of one job: one, or one per stream when they are kept apart.
 * @returns `isThere`: whether the file exists
 */
export async function sourcesOf(
  client: ControlClient,
  job: Pick<LogSource, 'name' | 'instance' | 'title' | 'indexes'>,
): Promise<{ readonly sources: readonly LogSource[]; readonly isThere: boolean }> {
  const [both, stderr] = await Promise.all([
    filesOf(client, job),
    filesOf(client, { ...job, stream: 'stderr' }),
  ]);
  const isSplit = stderr.length > 0;
  const sources: LogSource[] = [];
  if (both.length > 0 || !isSplit)
    sources.push({ ...job, stream: isSplit ? 'stdout' : undefined, files: both });
  if (isSplit) sources.push({ ...job, stream: 'stderr', files: stderr });
  return { sources, isThere: both.length > 0 || isSplit };
}

/** Returns the paths of a log's files, oldest first. */
export function filesOf(
  client: ControlClient,
  {
    name,
    instance,
    stream,
  }: Pick<LogSource, 'name' | 'instance'> & { readonly stream?: LogSource['stream'] },
): Promise<readonly string[]> {
  const query = new URLSearchParams();
  if (instance !== '') query.set('instance', instance);
  if (stream === 'stderr') query.set('stream', stream);
  const text = query.toString();
  return client.request<readonly string[]>(
    `/v1/jobs/${encodeURIComponent(name)}/log-files${text === '' ? '' : `?${text}`}`,
  );
}
