/** foster list: every job in Upstart's line, and behind it what that line does not know of. */
import { EXIT } from '../exit-status.js';
import { paint } from '../format/colour.js';
import type { JobStatus } from '../../supervisor/api.js';
import { jobTitle, stateWords } from '../format/status-line.js';
import type { Line } from '../format/line.js';
import { fileState } from '../format/file-state.js';
import { localTime } from '../format/time.js';
import type { Invocation } from '../invocation.js';
import { matchingJobs } from '../select-jobs.js';

export async function list(invocation: Invocation): Promise<number> {
  const jobs = await matchingJobs(invocation.client(), invocation.words);
  if (invocation.json) {
    invocation.printJson(jobs);
    return EXIT.ok;
  }
  invocation.printAll(jobs.flatMap(linesOf));
  return EXIT.ok;
}

function linesOf(job: JobStatus): readonly Line[] {
  const { first, further } = stateWords(job);
  return [[`${jobTitle(job)} `, paint(first, job), remark(job)], ...further];
}

function remark({ nextStart, manual, file }: JobStatus): string {
  if (file?.state !== undefined) return ` (${fileState(file)})`;
  if (manual !== undefined) return ' (manual)';
  return nextStart === undefined ? '' : ` (next start ${localTime(nextStart)})`;
}
