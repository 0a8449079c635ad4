/**
 * Formats Upstart's status line, which both `foster` and `initctl` print (Upstart section 6, "Status line
 * grammar").
 */
import { jobLabel } from '../../tracker/job-key.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';

/** Processes whose name is omitted when they come first: the state implies it. */
const UNNAMED = ['main', 'pre-start', 'post-stop'];

/** Returns `NAME (INSTANCE)`, or NAME for a class with a single instance. */
export const jobTitle: (job: Pick<JobStatus, 'name' | 'instance'>) => string = jobLabel;

/**
 * Returns `sshd start/running, process 1234` and, for each further process, a line that begins with a tab;
 * without a final line end.
 */
export function statusLines(status: JobStatus): readonly string[] {
  const { first, further } = stateWords(status);
  return [`${jobTitle(status)} ${first}`, ...further];
}

/** The state after the name, and the lines of further processes. */
interface StateWords {
  readonly first: string;
  readonly further: readonly string[];
}

export function stateWords(status: JobStatus): StateWords {
  const [first, ...others] = status.processes;
  const shown = first === undefined ? '' : `, ${firstProcess(first)}`;
  return {
    first: `${status.goal}/${status.state}${shown}`,
    further: others.map(({ process, pid }) => `\t${process} process ${pid}`),
  };
}

function firstProcess({ process, pid }: JobStatus['processes'][number]): string {
  return UNNAMED.includes(process) ? `process ${pid}` : `(${process}) process ${pid}`;
}
