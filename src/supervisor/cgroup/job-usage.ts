/** What jobs use, for `foster top`: their groups say it, or, without a group, the sum of their processes does. */
import type { ProcessUsage } from '../../kernel/process-usage.js';
import type { JobStatus, JobUsage } from '../api.js';

/** @param usageOfProcess undefined for a process that is gone */
export function usageOfJobs(
  jobs: readonly JobStatus[],
  usageOfProcess: (pid: number) => ProcessUsage | undefined,
): readonly JobUsage[] {
  return jobs
    .filter(({ state, detached }) => state !== 'waiting' || detached.length > 0)
    .map((job) => usageOfJob(job, usageOfProcess));
}

function usageOfJob(job: JobStatus, usageOfProcess: (pid: number) => ProcessUsage | undefined): JobUsage {
  const { name, instance, main, members, detached, processes, cgroup } = job;
  const pids = new Set([main, ...members, ...detached, ...processes.map(({ pid }) => pid)]);
  const parts = [...pids].flatMap((pid) => (pid === null ? [] : (usageOfProcess(pid) ?? [])));
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
