/** Upstart's status line, which both `foster` and `initctl` print (Upstart section 6, "Status line grammar"). */
import type { JobStatus } from '../../supervisor/api/job-status.js';

/** Processes whose name is not shown when they come first: the state says which one it is. */
const UNNAMED = ['main', 'pre-start', 'post-stop'];

/** `NAME (INSTANCE)`, or NAME alone for a class that has one instance only. */
export function jobTitle(job: Pick<JobStatus, 'name' | 'instance'>): string {
  return job.instance === '' ? job.name : `${job.name} (${job.instance})`;
}

/** `sshd start/running, process 1234`, and a line with a tab for each further process; without a final line end. */
export function statusLines(status: JobStatus): readonly string[] {
  const { first, further } = stateWords(status);
  return [`${jobTitle(status)} ${first}`, ...further];
}

/** The part behind the name, and the lines of further processes. */
export interface StateWords {
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
