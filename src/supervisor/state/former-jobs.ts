/**
 * Finds by one look at all processes what belongs to the jobs of a former supervisor, whose saved processes have been entered.
 * After a crash, orphans of jobs are somebody else's children, and what was started last may be recorded nowhere.
 */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel, ProcReader } from '../../kernel/kernel.js';
import { markerOf } from '../../tracker/scan/attribution.js';
import { findUnrecorded, passesFor } from '../../tracker/scan/former-processes.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import { jobUid } from '../launch/identity.js';
import type { Report } from '../log/log.js';
import type { UnclearProcesses } from '../processes/unclear-processes.js';
import { isThere } from './process-identities.js';
import type { SavedFile } from './saved-job.js';

/** As whom processes of jobs run, by the classes that were saved or, for others, by the job files. */
export class JobUids {
  /** of jobs that have not been taken back yet */
  readonly #saved = new Map<string, JobClass>();
  /** by class, which is another object once its file has changed: user data bases are not read for each process */
  readonly #known = new WeakMap<JobClass, { readonly uid: number | undefined }>();

  constructor(
    private readonly core: Pick<Core, 'job' | 'classes'>,
    private readonly now: () => Milliseconds,
  ) {}

  note(job: JobRef, jobClass: JobClass): void {
    this.#saved.set(jobKey(job), jobClass);
  }

  readonly of = (key: string): number | undefined => {
    const job = jobOfKey(key);
    const jobClass =
      this.core.job(job, this.now())?.class ??
      this.#saved.get(key) ??
      this.core.classes().find(({ name }) => name === job.name)?.class;
    if (jobClass === undefined) return undefined;
    const known = this.#known.get(jobClass) ?? { uid: jobUid(jobClass) };
    this.#known.set(jobClass, known);
    return known.uid;
  };
}

/** The jobs that have been entered, and whoever knows their processes. */
export interface FormerJobs {
  readonly core: Pick<Core, 'classes'>;
  readonly tracking: Pick<Tracking, 'tracker'>;
  readonly unclear: Pick<UnclearProcesses, 'note'>;
}

/**
 * Reports processes that have the pid of a recorded one, and the mark, but another start time, or none in the record: the record is
 * wrong, or the number has come round to another process of the job. Which of them it is cannot be told.
 */
export function holdContradictions(
  { job, processes, lineage }: SavedFile,
  { tracking, unclear }: Pick<FormerJobs, 'tracking' | 'unclear'>,
  kernel: Pick<Kernel, 'proc' | 'processes'>,
): void {
  const { proc } = kernel;
  const there = new Set(processes.filter((one) => isThere(one, kernel)).map(({ pid }) => pid));
  const recorded = new Set([...processes, ...lineage.processes].map(({ pid }) => pid));
  const pids = [...recorded]
    .filter((pid) => !there.has(pid))
    .filter((pid) => tracking.tracker.lineage.get(pid)?.ended !== undefined)
    .filter((pid) => passesFor(pid, jobKey(job), tracking.tracker, proc));
  if (pids.length > 0) unclear.note(job, pids);
}

/** Reports processes that bear the mark of a job of which nothing was saved: the job is not started beside them. */
export function holdUnrecorded(
  { core, tracking, unclear }: FormerJobs,
  proc: ProcReader,
  report: Report,
): void {
  const { tracker } = tracking;
  const recorded = new Set(tracker.jobs());
  const keys = core.classes().map(({ name }) => jobKey({ name, instance: '' }));
  const found = findUnrecorded(keys, (pid) => markerOf(proc.environment(pid)), tracker, proc);
  for (const [key, pids] of found) {
    if (recorded.has(key)) continue;
    const job = jobOfKey(key);
    if (core.classes().some(({ name }) => name === job.name)) unclear.note(job, pids);
    else report('warn', `${jobLabel(job)}: no job file has it, and processes of it run: ${pids.join(', ')}`);
  }
}
