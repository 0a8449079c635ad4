/** foster why: explains in sentences why a job runs, stopped, failed or waits. */
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { userNames } from '../../kernel/users/users.js';
import { visibleLine } from '../../text/visible.js';
import { wrapText } from '../../text/width.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import { jobTitle } from '../format/status-line.js';
import { failedRun, whySentences } from '../format/why.js';
import type { Invocation } from '../invocation.js';
import { lastOutput } from '../job-facts.js';
import { readClasses } from '../named-jobs.js';
import { namedStatuses } from '../named-statuses.js';

export async function why(invocation: Invocation): Promise<number> {
  if (invocation.namesAndEnvironment().names.length === 0) throw usageError('why: missing the name of a job');
  const { jobs, isOne } = await namedStatuses(invocation);
  const client = invocation.client();
  const userName = userNames();
  const now = Date.now();
  const answers: { readonly name: string; readonly sentences: readonly string[] }[] = [];
  for (const job of jobs) {
    const [report] = await readClasses(client, job.name);
    answers.push({
      name: jobTitle(job),
      sentences: whySentences({
        job,
        class: report?.class,
        userName,
        now,
        lastLines: await output(invocation, job),
      }),
    });
  }
  if (invocation.json) invocation.printJson(isOne ? answers[0] : answers);
  else
    invocation.printAll(
      answers
        .flatMap(({ sentences }, index) => (index === 0 ? sentences : ['', ...sentences]))
        .flatMap((sentence) => linesOf(sentence, invocation.width)),
    );
  return EXIT.ok;
}

/** How many lines of a failed run are shown. */
const LINES = 10;

/** Returns the last lines of a run that failed. */
async function output(invocation: Invocation, job: JobStatus): Promise<readonly string[]> {
  const since = failedRun(job);
  if (since === undefined || invocation.json) return [];
  return (await lastOutput(invocation.client(), job, { since, lines: LINES })).lastLines;
}

/** Wraps a sentence; the following lines are indented. */
function linesOf(sentence: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [sentence];
  return wrapText(visibleLine(sentence), width, sentence.startsWith(' ') ? 8 : 0);
}
