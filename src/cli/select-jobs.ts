/** Asks the supervisor about jobs, and explains why a job is not found. */
import type { ErrorBody } from '../control/errors.js';
import { commandHint } from '../text/command-hint.js';
import { type ControlClient, RefusedError } from '../control/client/client.js';
import type { SupervisorReport } from '../supervisor/api/report.js';
import type { UnreadableDirectory } from '../supervisor/config/job-files.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import { nearestWord } from '../jobfile/stanzas/nearest-word.js';
import { statIfPossible } from '../kernel/files/stat.js';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-status.js';
import { jobTitle } from './format/status-line.js';
import { isPattern, jobOfProcess, namedJobs, readClasses, type Target } from './named-jobs.js';

export async function matchingJobs(
  client: ControlClient,
  patterns: readonly string[],
): Promise<readonly JobStatus[]> {
  return client.request<readonly JobStatus[]>(`/v1/jobs${matchQuery(patterns)}`);
}

/** Returns `?match=PATTERN`, or an empty text. */
export function matchQuery(patterns: readonly string[]): string {
  if (patterns.length === 0) return '';
  return `?${new URLSearchParams(patterns.map((pattern): [string, string] => ['match', pattern])).toString()}`;
}

/** Returns all instances of a class, or the one that is named. */
export async function jobsCalled(
  client: ControlClient,
  { name, instance }: Target,
): Promise<readonly JobStatus[]> {
  const jobs = await matchingJobs(client, []);
  return jobs.filter((job) => job.name === name && (instance === undefined || job.instance === instance));
}

/**
 * Returns the names of the classes to which the named jobs belong, for commands on job files.
 * @throws CliError for a pattern that matches no job
 */
export async function classNames(
  client: ControlClient,
  words: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const named of await namedJobs(client, words)) {
    const found = named.kind === 'pattern' ? named.jobs : [named.target];
    if (found.length === 0) throw await unknownJob(client, named.word);
    for (const { name } of found) names.add(name);
  }
  return names;
}

/** Returns the path of a job, with the query that selects its instance. */
export function jobPath(name: string, env: readonly string[] = [], instance?: string): string {
  const query = new URLSearchParams(env.map((variable): [string, string] => ['env', variable]));
  if (instance !== undefined) query.set('instance', instance);
  const text = query.toString();
  return `/v1/jobs/${encodeURIComponent(name)}${text === '' ? '' : `?${text}`}`;
}

/** Explains why there is no such job: no job file has its name, or its file has an error. */
export async function unknownJob(client: ControlClient, name: string): Promise<CliError> {
  const errors = (await readClasses(client, name)).flatMap(({ path, errors }) =>
    // line 0: the whole file
    errors.map(({ line, message }) => `${path}${line === 0 ? '' : `:${line}`}: ${message}`),
  );
  if (errors.length > 0) return new CliError(`${name}: its job file is broken: ${errors.join('; ')}`);
  return new CliError(`Unknown job: ${name}${await whereLookedFor(client, name)}`, EXIT.unknownJob);
}

/**
 * Returns the error for an unknown job. For the supervisor, a job file with an error defines no job; for
 * users it is a job that cannot be used.
 */
export async function whyUnknown(client: ControlClient, name: string): Promise<ErrorBody> {
  const { message, status } = await unknownJob(client, name);
  return { error: status === EXIT.unknownJob ? 'unknown-job' : 'broken-file', message };
}

/** Returns the directories that were searched, and the job that was probably meant. */
async function whereLookedFor(client: ControlClient, name: string): Promise<string> {
  const report = await reportOf(client);
  const directories = report?.confdirs ?? [];
  const where = directories.length === 0 ? '' : `none in ${searchedText(directories)}`;
  const unreadable = (report?.unreadable ?? []).map(({ path, reason }) => `${path}: ${reason}`);
  const jobs = await matchingJobs(client, []);
  const owner = jobOfProcess(jobs, name);
  const nearest = isPattern(name)
    ? undefined
    : nearestJob(
        name,
        jobs.map((job) => job.name),
      );
  const guess = nearest === undefined ? '' : `did you mean ${nearest}?`;
  const belongs = owner === undefined ? guess : `process ${name} belongs to ${jobTitle(owner)}`;
  const parts = [where, ...unreadable, belongs].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

/** Returns what was probably meant: a job of a similar name, without the suffix of a file or unit, or all jobs. */
function nearestJob(name: string, names: readonly string[]): string | undefined {
  const bare = name.replace(/\.(?:service|timer|socket|ini|conf)$/, '');
  if (bare !== name && names.includes(bare)) return bare;
  return nearestWord(name, names) ?? (name === 'all' ? "'*' for all jobs" : undefined);
}

/** Returns a text with the directories that were searched, without missing ones unless all are missing. */
export function searchedText(directories: readonly string[]): string {
  const present = directories.filter((directory) => statIfPossible(directory) !== undefined);
  return (present.length === 0 ? directories.slice(0, 1) : present).join(', ');
}

/** Returns undefined for users who may not see the supervisor's configuration. */
export async function reportOf(client: ControlClient): Promise<SupervisorReport | undefined> {
  try {
    return await client.request<SupervisorReport>('/v1/report');
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}

/** Returns the directories that foster cannot read. A supervisor of an older version does not report them. */
export async function unreadableDirectories(client: ControlClient): Promise<readonly UnreadableDirectory[]> {
  const report: Partial<SupervisorReport> | undefined = await reportOf(client);
  return report?.unreadable ?? [];
}

/** Explains why there is no such instance, and how to name one. */
export async function unknownInstance(
  client: ControlClient,
  name: string,
  message: string,
): Promise<CliError> {
  const help = await howToNameInstance(client, name);
  return new CliError([`${name}: ${message}`, ...help].join('; '), EXIT.unknownJob);
}

/**
 * Explains how to name an instance of a class, and lists the existing ones, for users who named the class
 * alone or an unknown instance.
 */
export async function howToNameInstance(client: ControlClient, name: string): Promise<readonly string[]> {
  const [report] = await readClasses(client, name);
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs');
  const running = jobs.filter((job) => job.name === name && job.instance !== '').map(jobTitle);
  const copies = jobs.find((job) => job.name === name)?.copies;
  if (copies !== undefined) return [rangeOf(name, copies)];
  const pattern = report?.class?.instance;
  if (pattern === undefined && running.length === 0) return [];
  const variables = [...(pattern ?? '').matchAll(/\$\{?(\w+)/g)].map((match) => `${match[1]!}=...`);
  const example = report?.class?.usage ?? variables.join(' ');
  return [
    ...(example === '' ? [] : [`an instance of it is named by its variables: ${name} ${example}`]),
    running.length === 0 ? 'no instance of it is there' : `instances that are there: ${running.join(', ')}`,
  ];
}

/** Returns `web has the instances web (1) to web (3): 'foster scale web COUNT' changes that`. */
function rangeOf(name: string, { count, first }: NonNullable<JobStatus['copies']>): string {
  const titles = [first, first + count - 1].map((number) => jobTitle({ name, instance: String(number) }));
  const which =
    count === 0
      ? 'no instances'
      : count === 1
        ? `one instance, ${titles[0]!}`
        : `the instances ${titles.join(' to ')}`;
  return `${name} has ${which}: '${commandHint('scale', name)} COUNT' changes that`;
}
