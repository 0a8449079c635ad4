/** foster list: prints one line per job: its state, since when, what it uses, and why. */
import type { JobUsage } from '../../supervisor/api/usage.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { ControlClient } from '../../control/client/client.js';
import { EXIT } from '../exit-status.js';
import { conditionOf, reasonOf, TROUBLE } from '../format/condition.js';
import { jobTable } from '../format/job-table.js';
import { jobTitle } from '../format/status-line.js';
import type { Invocation } from '../invocation.js';
import {
  matchingJobs,
  matchQuery,
  reportOf,
  searchedText,
  unknownJob,
  unreadableDirectories,
} from '../select-jobs.js';

export async function list(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const [all, usages, unreadable] = await Promise.all([
    matchingJobs(client, invocation.words),
    invocation.has('names')
      ? []
      : client.request<readonly JobUsage[]>(`/v1/usage${matchQuery(invocation.words)}`),
    unreadableDirectories(client),
  ]);
  const jobs = invocation.has('failed') ? all.filter((job) => TROUBLE.includes(conditionOf(job))) : all;
  // without this, a list that lacks the jobs of a directory would look complete
  for (const { path, reason } of unreadable) invocation.complain(`${path}: ${reason}`);
  if (invocation.json) {
    invocation.printJson(jobs.map((job) => withUsage(job, usages)));
    return EXIT.ok;
  }
  const [word] = invocation.words;
  if (all.length === 0 && word !== undefined) throw await unknownJob(client, word);
  if (invocation.has('names')) invocation.printAll(jobs.map(jobTitle));
  else if (jobs.length === 0) await sayNone(invocation, client, all.length);
  else invocation.printAll(jobTable(jobs, usages, { width: invocation.width, now: Date.now() }));
  return EXIT.ok;
}

/** Returns what `list --json` adds to the status of a job. */
function withUsage(job: JobStatus, usages: readonly JobUsage[]) {
  const used = usages.find(({ name, instance }) => name === job.name && instance === job.instance);
  const reason = reasonOf(job, Date.now());
  return {
    ...job,
    condition: conditionOf(job),
    ...(reason === '' ? {} : { reason }),
    ...(used === undefined ? {} : { usage: { cpu: used.cpu, memory: used.memory, tasks: used.tasks } }),
  };
}

/** Explains an empty list, on a terminal only: programs need no sentence. */
async function sayNone(invocation: Invocation, client: ControlClient, count: number): Promise<void> {
  if (invocation.terminal.isTerminal !== true) return;
  if (count > 0) {
    invocation.explain([count === 1 ? 'the job has not failed' : `none of ${count} jobs has failed`]);
    return;
  }
  const report = await reportOf(client);
  const where = report === undefined ? '' : ` in ${searchedText(report.confdirs)}`;
  invocation.explain([`no job files${where}`]);
}
