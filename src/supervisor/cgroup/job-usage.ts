/** Measures what jobs use, for `foster top`: by their groups or, without groups, by the sum of their processes. */
import type { ProcessUsage } from '../../kernel/proc/process-usage.js';
import type { JobUsage } from '../api/usage.js';
import type { JobStatus } from '../api/job-status.js';

/** How many processes are read before the event loop gets its turn: about 5 ms. */
const PROCESSES_AT_A_TIME = 100;

/**
 * Returns what jobs use. They may have thousands of processes, so it pauses in between.
 * @param usageOfProcess returns undefined for a process that has ended
 * @param pause lets the event loop turn
 */
export async function usageOfJobs(
  jobs: readonly JobStatus[],
  usageOfProcess: (pid: number) => ProcessUsage | undefined,
  pause: () => Promise<void>,
): Promise<readonly JobUsage[]> {
  const usages: JobUsage[] = [];
  let read = 0;
  for (const job of jobs) {
    if (job.state === 'waiting' && job.detached.length === 0) continue;
    const parts: ProcessUsage[] = [];
    for (const pid of pidsOf(job)) {
      const usage = usageOfProcess(pid);
      if (usage !== undefined) parts.push(usage);
      read += 1;
      if (read % PROCESSES_AT_A_TIME === 0) await pause();
    }
    usages.push(usageOfJob(job, parts));
  }
  return usages;
}

function pidsOf({ main, members, detached, processes }: JobStatus): ReadonlySet<number> {
  const hooks = processes.map(({ pid }) => pid);
  return new Set([...(main === null ? [] : [main]), ...members, ...detached, ...hooks]);
}

function usageOfJob({ name, instance, cgroup }: JobStatus, parts: readonly ProcessUsage[]): JobUsage {
  const sum = (field: keyof ProcessUsage): number => parts.reduce((total, part) => total + part[field], 0);
  const group = cgroup?.usage;
  return {
    name,
    instance,
    source: group?.cpu === undefined ? 'processes' : 'cgroup',
    cpu: group?.cpu ?? sum('cpu'),
    memory: group?.memory ?? sum('memory'),
    memoryLimit: group?.memoryLimit ?? null,
    tasks: group?.tasks ?? sum('threads'),
    ioRead: group?.ioRead ?? null,
    ioWritten: group?.ioWritten ?? null,
    frozen: cgroup?.frozen ?? false,
  };
}
