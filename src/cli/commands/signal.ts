/** foster signal JOB... SIGNAL: sends a signal to main. */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { ErrorBody } from '../../control/errors.js';
import type { SignalAnswer } from '../../supervisor/api/requests.js';
import { usageError } from '../cli-error.js';
import { EXIT, refusedStatus } from '../exit-status.js';
import { jobTitle } from '../format/status-line.js';
import type { Invocation } from '../invocation.js';
import { eachCopy, namedJobs, targetOf, type Target } from '../named-jobs.js';
import { jobPath, unknownJob } from '../select-jobs.js';

type Answer = SignalAnswer | ErrorBody;

export async function signal(invocation: Invocation): Promise<number> {
  const { names, env } = invocation.namesAndEnvironment();
  const name = names.at(-1);
  if (name === undefined || names.length < 2)
    throw usageError('signal: expected jobs and a signal, for instance `foster signal web HUP`');
  const client = invocation.client();
  const instance = invocation.value('instance');
  const targets = await runningTargets(client, names.slice(0, -1));
  const isNamed = instance !== undefined || env.length > 0;
  const answers: Answer[] = [];
  for (const target of isNamed ? targets : await eachCopy(client, targets)) {
    const body = {
      signal: name,
      env,
      whole: invocation.has('group') ? 'group' : 'process',
      ...(instance !== undefined && { instance }),
      ...(target.instance !== undefined && { instance: target.instance }),
    };
    answers.push(await send(client, target.name, body));
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

/** Returns the named jobs, and of those that match a pattern, the ones with a main process. */
async function runningTargets(client: ControlClient, words: readonly string[]): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const named of await namedJobs(client, words)) {
    if (named.kind === 'job') targets.push(named.target);
    else if (named.jobs.length === 0) throw await unknownJob(client, named.word);
    else targets.push(...named.jobs.filter(({ main }) => main !== null).map(targetOf));
  }
  return targets;
}

async function send(client: ControlClient, job: string, body: object): Promise<Answer> {
  try {
    return await client.request<SignalAnswer>(`${jobPath(job)}/signal`, { method: 'POST', body });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (error.code === 'unknown-job') throw await unknownJob(client, job);
    return error.body;
  }
}
