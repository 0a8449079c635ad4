/** foster reload-configuration: reads the job files again, and says what that has brought. */
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { formatError } from '../../jobfile/job-file-error.js';
import type { Reading } from '../../supervisor/config/job-files.js';
import { commandHint } from '../../text/command-hint.js';
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
    invocation.print(`${files} job file${files === 1 ? '' : 's'} read: ${changesOf(reading)}`);
    invocation.printAll(notInUse(await matchingJobs(client, [])));
    for (const error of errors) invocation.complain(formatError(error));
  }
  return errors.length > 0 ? EXIT.failed : EXIT.ok;
}

/** `new: a, b; changed: c` */
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
  // a change is noticed without being asked for, so that it may be no news by now
  return all.length === 0 ? 'nothing has changed since they were read last' : all.join('; ');
}

/** Jobs that do not run as their files say by now, whenever those were read. */
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

/** Of a job with `instances` that is up, and not with as many of them as there are to be. */
function countRemark(jobs: readonly JobStatus[]): string | undefined {
  const [first] = jobs;
  const up = jobs.filter(({ goal }) => goal !== 'stop').length;
  const count = first?.copies?.count;
  if (first === undefined || count === undefined || up === 0 || up === count) return undefined;
  const { name } = first;
  return `${name} has ${count} ${count === 1 ? 'instance' : 'instances'}, and ${up} ${up === 1 ? 'is' : 'are'} up: '${commandHint('scale', name)}' makes it so`;
}
