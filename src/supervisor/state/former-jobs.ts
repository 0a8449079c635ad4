/**
 * After a crash of foster: finds processes that seem to belong to jobs but contradict the record, or are missing in
 * it. foster never signals them.
 */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel, ProcReader } from '../../kernel/kernel.js';
import { jobMarkerOf } from '../../tracker/scan/orphan-evidence.js';
import { findUnrecorded, passesFor } from '../../tracker/scan/former-processes.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import { jobUid } from '../launch/identity.js';
import type { Report } from '../log/log.js';
import type { UnclearProcesses } from '../processes/unclear-processes.js';
import { processExists } from './process-identities.js';
import type { SavedFile } from './saved-job.js';

/** The users of jobs' processes, by the saved classes or else by the job files. */
export class JobUids {
  /** classes of jobs that have not been recovered yet */
  readonly #saved = new Map<string, JobClass>();
  /**
   * caches the uid by class, so that the user database is not read for each process; a changed file gives another
   * class object
   */
  readonly #known = new WeakMap<JobClass, { readonly uid: number | undefined }>();

  constructor(
    private readonly core: Pick<Core, 'job' | 'class'>,
    private readonly now: () => Milliseconds,
  ) {}

  note(job: JobRef, jobClass: JobClass): void {
    this.#saved.set(jobKey(job), jobClass);
  }

  readonly of = (key: string): number | undefined => {
    const job = jobOfKey(key);
    const jobClass =
      this.core.job(job, this.now())?.class ?? this.#saved.get(key) ?? this.core.class(job.name)?.class;
    if (jobClass === undefined) return undefined;
    const known = this.#known.get(jobClass) ?? { uid: jobUid(jobClass) };
    this.#known.set(jobClass, known);
    return known.uid;
  };
}

/** The recovered jobs, and the parts that know their processes. */
interface FormerJobs {
  readonly core: Pick<Core, 'class' | 'classes'>;
  readonly tracking: Pick<Tracking, 'tracker'>;
  readonly unclear: Pick<UnclearProcesses, 'note'>;
}

/**
 * Notes processes that have a recorded pid and the job's mark, but another start time, or none in the record. Either the
 * record is wrong, or the pid was recycled for another process of the job; there is no way to tell.
 */
export function noteContradictions(
  { job, processes, lineage }: SavedFile,
  { tracking, unclear }: Pick<FormerJobs, 'tracking' | 'unclear'>,
  kernel: Pick<Kernel, 'proc' | 'processes'>,
): void {
  const { proc } = kernel;
  const alive = new Set(processes.filter((one) => processExists(one, kernel)).map(({ pid }) => pid));
  const recorded = new Set([...processes, ...lineage.processes].map(({ pid }) => pid));
  const pids = [...recorded]
    .filter((pid) => !alive.has(pid))
    .filter((pid) => tracking.tracker.lineage.get(pid)?.ended !== undefined)
    .filter((pid) => passesFor(pid, jobKey(job), tracking.tracker, proc));
  if (pids.length > 0) unclear.note(job, pids);
}

/** Notes processes with the mark of a job that has no saved state: the job is not started while they are alive. */
export function noteUnrecorded(
  { core, tracking, unclear }: FormerJobs,
  proc: ProcReader,
  report: Report,
): void {
  const { tracker } = tracking;
  const recorded = new Set(tracker.jobs());
  const keys = core.classes().map(({ name }) => jobKey({ name, instance: '' }));
  const found = findUnrecorded(keys, (pid) => jobMarkerOf(proc.environment(pid)), tracker, proc);
  for (const [key, pids] of found)
    if (!recorded.has(key)) noteOfUnknownRun(jobOfKey(key), pids, { core, unclear }, report);
}

/** Notes processes of a job of whose run nothing is known: it is not started while they are alive. */
export function noteOfUnknownRun(
  job: JobRef,
  pids: readonly number[],
  { core, unclear }: Pick<FormerJobs, 'core' | 'unclear'>,
  report: Report,
): void {
  if (core.class(job.name) !== undefined) return unclear.note(job, pids);
  report('warn', `${jobLabel(job)}: it has no job file, but processes of it are running: ${pids.join(', ')}`);
}
