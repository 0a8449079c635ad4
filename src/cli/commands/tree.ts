/** foster tree: the processes of jobs, who made whom, and what each is to the job. */
import { RefusedError } from '../../control/client.js';
import type { JobTree } from '../../supervisor/api.js';
import { EXIT } from '../exit-status.js';
import { namespaceGroups } from '../format/namespace-groups.js';
import { statusLines } from '../format/status-line.js';
import type { Invocation } from '../invocation.js';
import { matchingJobs, unknownJob } from '../select-jobs.js';

export async function tree(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const jobs = await matchingJobs(client, invocation.words);
  const missing = invocation.words.find((word) => jobs.length === 0 && word !== '');
  if (missing !== undefined) throw await unknownJob(client, missing);
  const names = [...new Set(jobs.map((job) => job.name))];
  const query = invocation.has('namespaces') ? '?namespaces=true' : '';
  const answers = await Promise.all(
    names.map((name) =>
      client
        .request<readonly JobTree[]>(`/v1/jobs/${encodeURIComponent(name)}/tree${query}`)
        .catch((error: unknown) => {
          // the job went away between the two questions
          if (error instanceof RefusedError && error.code === 'unknown-job') return [];
          throw error;
        }),
    ),
  );
  const trees = answers.flat();
  if (invocation.json) invocation.printJson(trees);
  else for (const tree of trees) invocation.printAll([...statusLines(tree.status), ...namespaceGroups(tree)]);
  return EXIT.ok;
}
