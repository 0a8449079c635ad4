/**
 * foster start, stop, restart, reload and reset-failed: act on several jobs at once, and report why one
 * fails.
 */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import type { CommandBody } from '../../control/protocol.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { eachCopy, isPattern, namedJobs, targetOf, type Target } from '../named-jobs.js';
import { waitText, withProgress } from '../progress.js';
import { jobPath, jobsCalled, unknownJob } from '../select-jobs.js';
import { answerOf, isOnItsWay, reportResults, send, statusOf, type Result } from '../job-results.js';

export function commandOn(verb: string): (invocation: Invocation) => Promise<number> {
  return async (invocation) => {
    const { names, env } = invocation.namesAndEnvironment();
    const isAll = invocation.has('all');
    if (isAll && names.length > 0) throw usageError(`${verb}: --all means all jobs, and none by name`);
    if (!isAll && names.length === 0) throw usageError(`${verb}: missing the name of a job`);
    const timeout = invocation.duration('timeout');
    const instance = invocation.value('instance');
    const body: CommandBody = {
      env,
      wait: invocation.has('no-wait') ? 'nothing' : 'settled',
      dialect: 'foster',
      ...(invocation.has('force') ? { force: true } : {}),
      ...(verb === 'restart' && !invocation.has('keep') ? { fresh: true } : {}),
      ...watchOf(verb, invocation),
      ...(timeout === undefined ? {} : { timeout }),
      ...(instance === undefined ? {} : { instance }),
    };
    const client = invocation.client();
    const words = await resolve(client, verb, isAll ? ['*'] : names);
    const isOneByOne = ONE_BY_ONE.includes(verb) && env.length === 0 && instance === undefined;
    const targets = isOneByOne ? await eachCopy(client, words) : words;
    const note = (text: string) => invocation.complain(text);
    const open = new Set(targets);
    const sendOne = (target: Target): Promise<Result> =>
      send({ client, verb, target, body, note }).finally(() => open.delete(target));
    const results = await withProgress(
      invocation,
      async () => waitText(await statusesOf(client, [...open], body)),
      Promise.all(targets.map(sendOne)),
    );
    if (invocation.json) {
      const answers = results.map((result) => answerOf(verb, result));
      const isSingle = answers.length === 1 && names.length === 1 && !isPattern(names[0]!);
      invocation.printJson(isSingle ? answers[0] : answers);
    } else await reportResults(invocation, client, verb, results);
    return Math.max(EXIT.ok, ...results.map((result) => statusOf(verb, result)));
  };
}

/** The supervisor accepts only one job per request of these. */
const ONE_BY_ONE: readonly string[] = ['freeze', 'thaw'];

/** Returns the statuses of the jobs whose commands are still waiting for an answer. */
async function statusesOf(
  client: ControlClient,
  targets: readonly Target[],
  { env, instance }: CommandBody,
): Promise<readonly JobStatus[]> {
  const answers = targets.map(({ name, instance: own = instance }) =>
    client.request<JobStatus>(jobPath(name, env, own)).catch(async (error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      // the command is about all copies of the job, or the job has just gone
      const isMany = error.code === 'unknown-parameter';
      return isMany ? (await jobsCalled(client, { name })).filter(isOnItsWay) : [];
    }),
  );
  return (await Promise.all(answers)).flat();
}

/**
 * How long `reload` watches a program for signs of a failed reload: most programs read their files within
 * this time.
 */
const RELOAD_WATCH_MS = 1000;

function watchOf(verb: string, invocation: Invocation): Pick<CommandBody, 'watch'> {
  if (invocation.has('no-wait')) return {};
  if (verb === 'reload') return { watch: RELOAD_WATCH_MS };
  const watch = verb === 'start' ? invocation.duration('wait') : undefined;
  return watch === undefined ? {} : { watch };
}

/**
 * Returns the jobs that the words name. Patterns match existing jobs, and of these only the ones to which the
 * command applies.
 */
async function resolve(
  client: ControlClient,
  verb: string,
  names: readonly string[],
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const named of await namedJobs(client, names)) {
    if (named.kind === 'job') {
      targets.push(named.target);
      continue;
    }
    if (named.jobs.length === 0) throw await unknownJob(client, named.word);
    const wanted = named.jobs.filter((job) => verb === 'start' || verb === 'reset-failed' || isUp(job));
    targets.push(...wanted.map(targetOf));
  }
  return targets;
}

function isUp(job: JobStatus): boolean {
  return job.goal !== 'stop' || job.state !== 'waiting';
}
