/** Whether foster may open as many files as it needs to begin: one message with the number, instead of errors in the midst of work. */
import { readProcFile } from '../../kernel/proc-file.js';

/** What Node, the tracker and the control socket have open, and a little for jobs. */
const FEWEST_DESCRIPTORS = 64;

/** Returns a sentence for the administrator; undefined where there are enough. */
export function descriptorShortage(
  limits = readProcFile('/proc/self/limits')?.toString('utf8') ?? '',
): string | undefined {
  const limit = /^Max open files +(\d+)/m.exec(limits)?.[1];
  if (limit === undefined || Number(limit) >= FEWEST_DESCRIPTORS) return undefined;
  return `foster may open ${limit} files, and needs ${FEWEST_DESCRIPTORS} at least, five more for each job: raise the limit (ulimit -Hn, LimitNOFILE=)`;
}
