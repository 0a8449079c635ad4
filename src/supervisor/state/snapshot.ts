/** Takes snapshots of the supervisor's state. */
import type { Tracking } from '../../tracker/tracking.js';
import type { JobGroups } from '../cgroup/job-groups.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey, jobOfKey } from '../../tracker/job-key.js';
import type { Gates } from '../launch/gates.js';
import type { SavedReexecState } from './handover.js';
import type { ProcessIdentities } from './process-identities.js';
import type { JobProcessesSnapshot, SavedJob } from './saved-job.js';

/** The parts whose state is saved. */
export interface SnapshotSources {
  readonly core: Pick<Core, 'job' | 'jobs' | 'unclear' | 'save' | 'latches' | 'pendingEvents'>;
  readonly tracking: Pick<Tracking, 'tracker'>;
  readonly gates: Pick<Gates, 'ofJob'>;
  readonly identities: Pick<ProcessIdentities, 'of'>;
  readonly groups: Pick<JobGroups, 'ownDirectoriesOf'>;
  readonly now: () => Milliseconds;
}

/** Returns what the next supervisor needs to recover a job; undefined if nothing of it is left. */
export function snapshotJob(sources: SnapshotSources, job: JobRef): SavedJob | undefined {
  const { core, tracking } = sources;
  const now = sources.now();
  const isLive =
    core.job(job, now) !== undefined || core.unclear().some((one) => jobKey(one.job) === jobKey(job));
  // detached processes are saved so that the next supervisor knows them; they do not prevent a start of the job
  if (!isLive && tracking.tracker.living(jobKey(job)).length === 0) return undefined;
  return { ...snapshotProcesses(sources, job), core: core.save(now, job) };
}

/** Returns the state of all jobs and events, for a re-exec. */
export function snapshotAll(sources: SnapshotSources): Pick<SavedReexecState, 'at' | 'core' | 'jobs'> {
  const { core, tracking } = sources;
  const at = sources.now();
  // a job in its first hook has no lineage yet
  const keys = new Set([...tracking.tracker.jobs(), ...core.jobs(at).map(({ ref }) => jobKey(ref))]);
  const jobs = [...keys].map(jobOfKey);
  return {
    at,
    core: core.save(at),
    jobs: jobs.map((job) => snapshotProcesses(sources, job)),
  };
}

function snapshotProcesses(
  { tracking, gates, core, identities, groups, now }: SnapshotSources,
  job: JobRef,
): JobProcessesSnapshot {
  const lineage = tracking.tracker.save(jobKey(job));
  const living = lineage.processes.filter(({ ended }) => ended === undefined).map(({ pid }) => pid);
  const hooks = core.job(job, now())?.processes.filter(({ process }) => process !== 'main') ?? [];
  const unclear = core.unclear().find((one) => jobKey(one.job) === jobKey(job))?.pids ?? [];
  const pids = new Set([...living, ...hooks.map(({ pid }) => pid), ...unclear]);
  const known = [...pids].flatMap((pid) => identities.of(pid) ?? []);
  const own = groups.ownDirectoriesOf(job);
  const saved = { job, lineage, processes: known, gates: gates.ofJob(job) };
  return own.length === 0 ? saved : { ...saved, groups: own };
}
