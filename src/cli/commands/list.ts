/** foster list: every job in Upstart's line, and behind it what that line does not know of. */
import { EXIT } from '../exit-status.js';
import { paint } from '../format/colour.js';
import type { JobStatus } from '../../supervisor/api.js';
import { jobTitle, stateWords } from '../format/status-line.js';
import { localTime } from '../format/time.js';
import type { Invocation } from '../invocation.js';
import { matchingJobs } from '../select-jobs.js';

export async function list(invocation: Invocation): Promise<number> {
  const jobs = await matchingJobs(invocation.client(), invocation.words);
  if (invocation.json) {
    invocation.printJson(jobs);
    return EXIT.ok;
  }
  const { colour } = invocation.terminal;
  const lines = jobs.map((job) => `${jobTitle(job)} ${paint(stateWords(job), job, colour)}${remark(job)}\n`);
  invocation.terminal.out(lines.join(''));
  return EXIT.ok;
}

function remark({ nextStart, manual }: JobStatus): string {
  if (manual !== undefined) return ' (manual)';
  return nextStart === undefined ? '' : ` (next start ${localTime(nextStart)})`;
}
