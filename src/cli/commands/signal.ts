/** foster signal JOB... SIGNAL: sends a signal to main. */
import { RefusedError } from '../../control/client/client.js';
import type { ErrorBody } from '../../control/errors.js';
import type { SignalAnswer } from '../../supervisor/api/requests.js';
import { usageError } from '../cli-error.js';
import { EXIT, refusedStatus } from '../exit-status.js';
import { jobTitle } from '../format/status-line.js';
import type { Invocation } from '../invocation.js';
import { eachCopy, namedJobs, type Target } from '../named-jobs.js';
import { jobPath, unknownJob } from '../select-jobs.js';

export async function signal(invocation: Invocation): Promise<number> {
  const { names, env } = invocation.namesAndEnvironment();
  const name = names.at(-1);
  if (name === undefined || names.length < 2)
    throw usageError('signal: expected jobs and a signal, for instance `foster signal web HUP`');
  const client = invocation.client();
  const instance = invocation.value('instance');
  const targets: Target[] = [];
  for (const named of await namedJobs(client, names.slice(0, -1))) {
    if (named.kind === 'job') targets.push(named.target);
    else if (named.jobs.length === 0) throw await unknownJob(client, named.word);
    else
      targets.push(
        ...named.jobs
          .filter(({ main }) => main !== null)
          .map((job) =>
            job.instance === '' ? { name: job.name } : { name: job.name, instance: job.instance },
          ),
      );
  }
  const isNamed = instance !== undefined || env.length > 0;
  const answers: (SignalAnswer | ErrorBody)[] = [];
  for (const target of isNamed ? targets : await eachCopy(client, targets)) {
    const body = {
      signal: name,
      env,
      whole: invocation.has('group') ? 'group' : 'process',
      ...(instance !== undefined && { instance }),
      ...(target.instance !== undefined && { instance: target.instance }),
    };
    try {
      const path = `${jobPath(target.name)}/signal`;
      answers.push(await client.request<SignalAnswer>(path, { method: 'POST', body }));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.code === 'unknown-job') throw await unknownJob(client, target.name);
      answers.push(error.body);
    }
  }
  if (invocation.json) invocation.printJson(answers.length === 1 ? answers[0] : answers);
  else
    for (const answer of answers) {
      if ('error' in answer) invocation.complain(answer.message);
      else invocation.explain([`${jobTitle(answer)}: ${name.toUpperCase()} sent to process ${answer.pid}`]);
    }
  return Math.max(
    EXIT.ok,
    ...answers.map((answer) => ('error' in answer ? refusedStatus(answer.error) : EXIT.ok)),
  );
}
