/** foster scale JOB [COUNT]: sets how many copies of a job with `instances` there are. */
import { MOST_INSTANCES } from '../../jobfile/stanzas/argument.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { counted } from '../../text/phrases.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { answerOf, isOnItsWay, reportResults, send, statusOf, type Result } from '../job-results.js';
import { namedJobs, readClasses } from '../named-jobs.js';
import { waitText, withProgress } from '../progress.js';
import { jobsCalled } from '../select-jobs.js';

/** The job and count that one or two words of the command line ask for. */
interface Wanted {
  readonly word: string;
  /** undefined: the count of the job file */
  readonly count: number | undefined;
}

export async function scale(invocation: Invocation): Promise<number> {
  const wanted = wantedOf(invocation.words);
  const client = invocation.client();
  const timeout = invocation.duration('timeout');
  const statuses: number[] = [];
  const answers: unknown[] = [];
  for (const { word, count } of wanted) {
    const name = await nameOf(invocation, word);
    const body = {
      env: [],
      wait: invocation.has('no-wait') ? 'nothing' : 'settled',
      dialect: 'foster',
      ...(count !== undefined && { count }),
      ...(timeout !== undefined && { timeout }),
    } as const;
    const note = (text: string) => invocation.complain(text);
    const result = await withProgress(
      invocation,
      async () => waitText((await jobsCalled(client, { name })).filter(isOnItsWay)),
      send({ client, verb: 'scale', target: { name }, body, note }),
    );
    statuses.push(statusOf('scale', result));
    if (invocation.json) answers.push(answerOf('scale', result));
    else await report(invocation, result);
  }
  if (invocation.json) invocation.printJson(answers.length === 1 ? answers[0] : answers);
  return Math.max(EXIT.ok, ...statuses);
}

/** Parses `web 3`, `web`, or `web=3 worker=2`. */
function wantedOf(words: readonly string[]): readonly Wanted[] {
  const [name, count, ...others] = words;
  if (name === undefined)
    throw usageError('scale: missing the name of a job, for instance `foster scale web 3`');
  const isPair = count !== undefined && !count.includes('=') && !name.includes('=');
  if (isPair && others.length > 0)
    throw usageError('scale: several jobs are written `foster scale web=3 worker=2`');
  if (isPair) return [{ word: name, count: numberOf(count) }];
  return words.map((word): Wanted => {
    const [, job, number] = /^(.+)=([^=]*)$/s.exec(word) ?? [];
    return job === undefined || number === undefined
      ? { word, count: undefined }
      : { word: job, count: numberOf(number) };
  });
}

function numberOf(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (count <= MOST_INSTANCES) return count;
  throw usageError(`scale: expected a number of instances from 0 to ${MOST_INSTANCES}, found ${text}`);
}

async function nameOf(invocation: Invocation, word: string): Promise<string> {
  const [named] = await namedJobs(invocation.client(), [word]);
  if (named?.kind !== 'job')
    throw usageError(`scale: expected the name of one job, found the pattern ${word}`);
  const { name, instance } = named.target;
  if (instance === undefined) return name;
  throw new CliError(
    `scale: ${word} is one of the instances of ${name}: \`foster scale ${name} COUNT\``,
    EXIT.usage,
  );
}

async function report(invocation: Invocation, result: Result): Promise<void> {
  const client = invocation.client();
  const { name } = result.target;
  if (!result.ok && result.body.error === 'not-scalable') {
    const path = (await readClasses(client, name))[0]?.path;
    const remedy = path === undefined ? '' : `; \`instances = COUNT\` in ${path} gives it some`;
    invocation.complain(`${name} has no instances to scale${remedy}`);
    return;
  }
  // a success without jobs changed nothing
  const isChange = !result.ok || result.answer.instances !== undefined;
  if (isChange) await reportResults(invocation, client, 'scale', [result]);
  const jobs = await jobsCalled(client, { name });
  const summary = summaryOf(name, jobs);
  if (summary !== undefined) invocation.explain([summary]);
}

/** Returns `web has 6 instances, 5 of them up (its job file says 4)`. */
function summaryOf(name: string, jobs: readonly JobStatus[]): string | undefined {
  const copies = jobs.find((job) => job.copies !== undefined)?.copies;
  if (copies === undefined) return undefined;
  const { count, inFile } = copies;
  const up = jobs.filter(({ goal, state }) => goal !== 'stop' && state === 'running').length;
  const howMany = up === count ? (count > 1 ? ', all up' : '') : `, ${up} of them up`;
  const file = inFile === undefined ? '' : ` (its job file says ${inFile})`;
  return `${name} has ${counted(count, 'instance')}${howMany}${file}`;
}
