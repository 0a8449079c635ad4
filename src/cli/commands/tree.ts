/**
 * foster tree: prints the processes of jobs as trees of parents and children, and the role of each in its
 * job.
 */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { JobTree } from '../../supervisor/api/process-tree.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { EXIT } from '../exit-status.js';
import { namespaceGroups } from '../format/process-tree.js';
import { cutLine } from '../format/line.js';
import { statusLines } from '../format/status-line.js';
import type { Invocation } from '../invocation.js';
import { namedJobs, splitWords, withoutPids } from '../named-jobs.js';
import { jobsCalled, matchingJobs, unknownJob } from '../select-jobs.js';

export async function tree(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const wanted = await wantedJobs(client, invocation.words);
  const names = [...new Set(wanted.map(({ name }) => name))];
  const query = invocation.has('namespaces') ? '?namespaces=true' : '';
  const answers = await Promise.all(
    names.map((name) =>
      client
        .request<readonly JobTree[]>(`/v1/jobs/${encodeURIComponent(name)}/tree${query}`)
        .catch((error: unknown) => {
          // the job went away between the two requests
          if (error instanceof RefusedError && error.code === 'unknown-job') return [];
          throw error;
        }),
    ),
  );
  const trees = answers
    .flat()
    .filter(({ status }) =>
      wanted.some(({ name, instance }) => name === status.name && instance === status.instance),
    );
  if (invocation.json) invocation.printJson(trees);
  else
    for (const tree of trees) {
      const lines = [...statusLines(tree.status), ...namespaceGroups(tree)];
      invocation.printAll(lines.map((line) => cutLine(line, invocation.width)));
    }
  return EXIT.ok;
}

async function wantedJobs(client: ControlClient, words: readonly string[]): Promise<readonly JobStatus[]> {
  if (words.length === 0) return matchingJobs(client, []);
  const wanted: JobStatus[] = [];
  for (const named of await namedJobs(client, await withoutPids(client, splitWords(words).names))) {
    const found = named.kind === 'pattern' ? named.jobs : await jobsCalled(client, named.target);
    if (found.length === 0) throw await unknownJob(client, named.word);
    wanted.push(...found);
  }
  return wanted;
}
