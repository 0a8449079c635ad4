/**
 * Collects what `foster status JOB` shows beside the status: the job's processes, what they use, its command
 * and its last lines.
 */
import { RefusedError, type ControlClient } from '../control/client/client.js';
import type { JobClass } from '../jobfile/job-class/job-class.js';
import type { SupervisorReport } from '../supervisor/api/report.js';
import type { JobUsage } from '../supervisor/api/usage.js';
import type { JobTree, ProcessNode } from '../supervisor/api/process-tree.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import { CliError } from './cli-error.js';
import type { Invocation } from './invocation.js';
import { filesOf } from './log/find-logs.js';
import { merged } from './log/items.js';
import { JobLog, type Stream } from './log/job-log.js';
import { jobTitle } from './format/status-line.js';
import { readClasses } from './named-jobs.js';
import { matchQuery } from './select-jobs.js';

export interface JobFacts {
  readonly class: JobClass | undefined;
  readonly usage: JobUsage | undefined;
  readonly processes: readonly ProcessNode[];
  /** the newest files of its log: one, or one per stream */
  readonly logs: readonly string[];
  readonly lastLines: readonly string[];
  /** why the last lines are missing */
  readonly unreadable: string | undefined;
}

/** Paths of each stream, oldest first; when streams are not kept apart, both go into the first one. */
type LogPaths = Readonly<Record<Stream, readonly string[]>> & { readonly indexes: string };

/**
 * Collects the facts about a job.
 * @param lines how many lines of its log
 */
export async function factsOf(invocation: Invocation, job: JobStatus, lines: number): Promise<JobFacts> {
  const client = invocation.client();
  const [usages, trees, classes, { logs, ...output }] = await Promise.all([
    client.request<readonly JobUsage[]>(`/v1/usage${matchQuery([job.name])}`),
    permitted<JobTree>(client.request(`/v1/jobs/${encodeURIComponent(job.name)}/tree`)),
    readClasses(client, job.name),
    lastOutput(client, job, { lines, since: undefined }),
  ]);
  return {
    class: classes[0]?.class,
    usage: usages.find((usage) => usage.name === job.name && usage.instance === job.instance),
    processes: trees.find(({ status }) => status.instance === job.instance)?.roots ?? [],
    logs,
    ...output,
  };
}

/** The last lines, of those written since this time (milliseconds since 1970). */
interface WantedLines {
  readonly lines: number;
  readonly since: number | undefined;
}

/** Reads the last lines of a job's log. */
export async function lastOutput(
  client: ControlClient,
  job: JobStatus,
  wanted: WantedLines,
): Promise<Pick<JobFacts, 'logs' | 'lastLines' | 'unreadable'>> {
  const [stdout, stderr, indexes] = await Promise.all([
    permitted<string>(filesOf(client, { ...job, stream: undefined })),
    permitted<string>(filesOf(client, { ...job, stream: 'stderr' })),
    permitted<string>(client.request<SupervisorReport>('/v1/report').then(({ logIndex }) => [logIndex])),
  ]);
  return {
    logs: [stdout.at(-1), stderr.at(-1)].filter((path) => path !== undefined),
    ...lastLines(job, { stdout, stderr, indexes: indexes[0] ?? '' }, wanted),
  };
}

/**
 * Returns nothing when other users may not see the answer, or the job is unknown because its file is broken.
 */
async function permitted<Item>(answer: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RefusedError) return [];
    throw error;
  }
}

/** A progress bar may write a line as long as the log. */
const LONGEST_LINE = 4096;

function lastLines(
  job: JobStatus,
  { indexes, ...files }: LogPaths,
  { lines: count, since }: WantedLines,
): Pick<JobFacts, 'lastLines' | 'unreadable'> {
  const logs: JobLog[] = [];
  try {
    const { name, instance } = job;
    for (const stream of ['stdout', 'stderr'] as const)
      logs.push(new JobLog({ title: jobTitle(job), name, instance, stream, indexes, files: files[stream] }));
    const wanted = { since, until: undefined, lines: count };
    const found: string[] = [];
    // read the last lines of each stream: the last lines of both together are among them
    for (const item of merged(logs.map((log) => log.items(wanted, { unfinished: true }))))
      if (item.kind === 'line') found.push(item.line.toString('utf8', 0, LONGEST_LINE).replace(/\r$/, ''));
    return { lastLines: count === 0 ? [] : found.slice(-count), unreadable: undefined };
  } catch (error) {
    // the log of another user's supervisor
    if (error instanceof CliError) return { lastLines: [], unreadable: error.message };
    throw error;
  } finally {
    for (const log of logs) log.close();
  }
}
