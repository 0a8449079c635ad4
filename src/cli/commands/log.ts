/** foster log: what jobs wrote, from their log files; the supervisor says where they are and does no reading. */
import { once } from 'node:events';
import { watch } from 'node:fs';
import type { SupervisorReport } from '../../supervisor/api.js';
import { EXIT } from '../exit-status.js';
import { CliError, usageError } from '../cli-error.js';
import type { ControlClient } from '../../control/client.js';
import { jobTitle } from '../format/status-line.js';
import type { Invocation } from '../invocation.js';
import { followFile, type FollowStart } from '../log/follow.js';
import { openLog, tail } from '../log/tail.js';
import { namedJobs, splitWords } from '../named-jobs.js';
import { jobsCalled, unknownJob } from '../select-jobs.js';

const DEFAULT_LINES = 100;

interface JobLog {
  readonly job: string;
  readonly name: string;
  readonly instance: string;
  /** oldest first */
  readonly files: readonly string[];
}

export async function log(invocation: Invocation): Promise<number> {
  const lines = invocation.amount('lines', 'a number of lines') ?? DEFAULT_LINES;
  if (!Number.isInteger(lines)) throw usageError(`--lines ${lines}: expected a whole number`);
  const logs = await findLogs(invocation);
  const print = (job: string, line: string) => {
    if (invocation.json) invocation.printJsonLine({ job, line });
    else invocation.printJobLine(logs.length === 1 ? '' : `${job}: `, line);
  };
  const follow = invocation.has('follow');
  const starts: (() => Promise<void>)[] = [];
  for (const { job, name, instance, files } of logs) {
    const take = (line: string) => print(job, line);
    const start = await showTail(files, lines, take, follow).catch((error: unknown) => {
      throw unreadable(files, error);
    });
    const newest = files.at(-1);
    const path = async (): Promise<string> =>
      newest ?? (await firstFile(invocation.client(), name, instance));
    if (follow) starts.push(async () => followFile(await path(), start, take));
  }
  await Promise.all(starts.map((begin) => begin()));
  return EXIT.ok;
}

/** In place of a log there may be something else, or it may be another user's. */
function unreadable(files: readonly string[], error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  return new CliError(`${files.at(-1) ?? 'the log'} cannot be read: ${error.message}`);
}

/** @param keep leave the newest file open, for following it */
async function showTail(
  paths: readonly string[],
  lines: number,
  take: (line: string) => void,
  keep: boolean,
): Promise<FollowStart> {
  const files = await openLog(paths);
  const last = await tail(files, lines);
  last.lines.forEach(take);
  const newest = keep ? files.at(-1) : undefined;
  for (const file of files) if (file !== newest) await file.close();
  return { file: newest, position: newest === undefined ? 0 : last.position };
}

async function findLogs(invocation: Invocation): Promise<readonly JobLog[]> {
  const client = invocation.client();
  const only = invocation.value('instance');
  const found = new Map<string, { readonly name: string; readonly instance: string }>();
  const known = new Set<string>();
  for (const named of await namedJobs(client, splitWords(invocation.words).names)) {
    const jobs = named.kind === 'pattern' ? named.jobs : await jobsCalled(client, named.target);
    if (jobs.length === 0 && named.kind === 'pattern') throw await unknownJob(client, named.word);
    // a job that has gone may have left a log
    const gone = named.kind === 'job' ? [{ instance: '', ...named.target }] : [];
    for (const { name, instance } of jobs.length === 0 ? gone : jobs) {
      const job = { name, instance: only ?? instance };
      if (jobs.length > 0) known.add(name);
      found.set(jobTitle(job), job);
    }
  }
  const logs = await Promise.all(
    [...found].map(async ([job, { name, instance }]) => ({
      job,
      name,
      instance,
      files: await filesOf(client, name, instance),
    })),
  );
  for (const { name, job, files } of logs) {
    if (files.length > 0 || !invocation.words.includes(name)) continue;
    if (!known.has(name)) throw await unknownJob(client, name);
    const instance = only === undefined ? '; --instance names an instance that is gone' : '';
    invocation.complain(
      `${job}: there is no log: nothing was written, or its console stanza says where to${instance}`,
    );
  }
  return logs;
}

/** The job's log file, once it has written something. */
async function firstFile(client: ControlClient, name: string, instance: string): Promise<string> {
  const { logdir } = await client.request<SupervisorReport>('/v1/report');
  const watcher = watch(logdir);
  try {
    for (;;) {
      const change = once(watcher, 'change');
      const newest = (await filesOf(client, name, instance)).at(-1);
      if (newest !== undefined) return newest;
      await change;
    }
  } finally {
    watcher.close();
  }
}

function filesOf(client: ControlClient, name: string, instance: string): Promise<readonly string[]> {
  const query = instance === '' ? '' : `?${new URLSearchParams({ instance }).toString()}`;
  return client.request<readonly string[]>(`/v1/jobs/${encodeURIComponent(name)}/log-files${query}`);
}
