/** foster why: explains in sentences why a job runs, stopped, failed or waits. */
import { userNames } from '../../kernel/users/users.js';
import { visibleLine } from '../../text/visible.js';
import { wrapText } from '../../text/width.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import { jobTitle } from '../format/status-line.js';
import { whySentences } from '../format/why.js';
import type { Invocation } from '../invocation.js';
import { readClasses } from '../named-jobs.js';
import { namedStatuses } from '../named-statuses.js';

export async function why(invocation: Invocation): Promise<number> {
  if (invocation.namesAndEnvironment().names.length === 0) throw usageError('why: missing the name of a job');
  const { jobs, isOne } = await namedStatuses(invocation);
  const client = invocation.client();
  const userName = userNames();
  const [now, answers] = [Date.now(), []] as [number, { name: string; sentences: readonly string[] }[]];
  for (const job of jobs) {
    const [report] = await readClasses(client, job.name);
    answers.push({
      name: jobTitle(job),
      sentences: whySentences({ job, class: report?.class, userName, now }),
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

/** Wraps a sentence; the following lines are indented. */
function linesOf(sentence: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [sentence];
  return wrapText(visibleLine(sentence), width, sentence.startsWith(' ') ? 8 : 0);
}
