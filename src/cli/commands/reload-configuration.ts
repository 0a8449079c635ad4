/** foster reload-configuration: has the job files read again, and reports what changed. */
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { formatError } from '../../jobfile/job-file-error.js';
import type { Reading } from '../../supervisor/config/job-files.js';
import { commandHint } from '../../text/command-hint.js';
import { counted } from '../../text/phrases.js';
import { jobTitle } from '../format/status-line.js';
import { matchingJobs } from '../select-jobs.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function reloadConfiguration(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const reading = await client.request<Reading>('/v1/reload-configuration', { method: 'POST' });
  const { files, errors } = reading;
  if (invocation.json) invocation.printJson(reading);
  else {
    invocation.explain([`${counted(files, 'job file')} read: ${changesOf(reading)}`]);
    invocation.explain(notInUse(await matchingJobs(client, [])));
    for (const error of errors) invocation.complain(formatError(error));
  }
  return errors.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Returns `new: a, b; changed: c`. */
function changesOf({ added, changed, removed, errors }: Reading): string {
  const parts = [
    ['new', added],
    ['changed', changed],
    ['gone', removed],
  ] as const;
  const texts = parts.flatMap(([word, names]) =>
    names.length === 0 ? [] : [`${word}: ${names.join(', ')}`],
  );
  const broken = errors.length === 0 ? [] : [`${errors.length} broken`];
  const all = [...texts, ...broken];
  // foster also watches the directories: it may have read the change already
  return all.length === 0 ? 'nothing has changed since they were read last' : all.join('; ');
}

/** Returns the jobs that still run with an older version of their file. */
function notInUse(jobs: readonly JobStatus[]): readonly string[] {
  const changed = jobs.filter(({ file, main }) => file?.state === 'changed' && main !== null);
  const lines = changed.map(
    (job) =>
      `${jobTitle(job)} runs as its file was before: '${commandHint('restart', jobTitle(job))}' takes it as it is now`,
  );
  const gone = jobs.filter(({ file, main }) => file?.state === 'gone' && main !== null);
  const goneLines = gone.map((job) => `${jobTitle(job)} runs, and its file is gone: a stop is its end`);
  const names = new Set(jobs.map(({ name }) => name));
  const counts = [...names].flatMap((name) => countRemark(jobs.filter((job) => job.name === name)) ?? []);
  return [...lines, ...goneLines, ...counts];
}

/** Returns a remark when a job with `instances` is up but has more or fewer of them than it should. */
function countRemark(jobs: readonly JobStatus[]): string | undefined {
  const [first] = jobs;
  const up = jobs.filter(({ goal }) => goal !== 'stop').length;
  const count = first?.copies?.count;
  if (first === undefined || count === undefined || up === 0 || up === count) return undefined;
  const { name } = first;
  return `${name} has ${counted(count, 'instance')}, and ${up} ${up === 1 ? 'is' : 'are'} up: '${commandHint('scale', name)}' makes it so`;
}
