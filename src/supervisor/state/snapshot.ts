/** What there is to save of a supervisor at this moment. */
import type { ProcReader } from '../../kernel/kernel.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobOfKey } from '../job-key.js';
import type { Supervisor } from '../supervisor.js';
import type { HandedState } from './handover.js';
import type { JobProcessesSnapshot, SavedJob } from './saved-job.js';

/** What the next supervisor needs to know of a job; undefined when it is no more. */
export function snapshotJob(
  supervisor: Supervisor,
  proc: Pick<ProcReader, 'stat'>,
  job: JobRef,
): SavedJob | undefined {
  const now = supervisor.now();
  const { core, tracking } = supervisor;
  const isLive =
    core.job(job, now) !== undefined || core.unclear().some((one) => jobKey(one.job) === jobKey(job));
  // what has detached itself is known again after a crash, and no reason not to start the job
  if (!isLive && tracking.tracker.living(jobKey(job)).length === 0) return undefined;
  return { ...snapshotProcesses(supervisor, proc, job), core: supervisor.core.save(now, job) };
}

/** The same of everything at once, for the program that replaces this one. */
export function snapshotAll(
  supervisor: Supervisor,
  proc: Pick<ProcReader, 'stat'>,
): Pick<HandedState, 'at' | 'core' | 'jobs'> {
  const at = supervisor.now();
  // a job that is still in its first hook has no lineage yet
  const keys = new Set([
    ...supervisor.tracking.tracker.jobs(),
    ...supervisor.core.jobs(at).map(({ ref }) => jobKey(ref)),
  ]);
  const jobs = [...keys].map(jobOfKey);
  return {
    at,
    core: supervisor.core.save(at),
    jobs: jobs.map((job) => snapshotProcesses(supervisor, proc, job)),
  };
}

function snapshotProcesses(
  { tracking, processes, core, now }: Supervisor,
  proc: Pick<ProcReader, 'stat'>,
  job: JobRef,
): JobProcessesSnapshot {
  const lineage = tracking.tracker.save(jobKey(job));
  const living = lineage.processes.filter(({ ended }) => ended === undefined).map(({ pid }) => pid);
  const hooks = core.job(job, now())?.processes.filter(({ process }) => process !== 'main') ?? [];
  const unclear = core.unclear().find((one) => jobKey(one.job) === jobKey(job))?.pids ?? [];
  const pids = new Set([...living, ...hooks.map(({ pid }) => pid), ...unclear]);
  const identities = [...pids].flatMap((pid) => {
    const stat = proc.stat(pid);
    return stat === undefined ? [] : [{ pid, startTime: stat.startTime }];
  });
  return { job, lineage, processes: identities, gates: processes.gatesOf(job) };
}
