/** The jobs that the tracker follows: which launchers are whose, and the follower of each job's present run. */
import type { Lineage } from './lineage/lineage.js';
import type { Follower, JobLineage, Process } from './model.js';

export interface TrackedJob {
  readonly key: string;
  /** launchers of this run, and of former runs with living processes */
  readonly launchers: Set<Process>;
  /** undefined while there is no run */
  follower: Follower | undefined;
}

export class TrackedJobs {
  readonly #jobs = new Map<string, TrackedJob>();
  readonly #byLauncher = new Map<Process, TrackedJob>();

  constructor(private readonly lineage: Lineage) {}

  get(key: string): TrackedJob | undefined {
    return this.#jobs.get(key);
  }

  /** Returns the job of this name; creates it if necessary. */
  open(key: string): TrackedJob {
    let job = this.#jobs.get(key);
    if (job === undefined) {
      job = { key, launchers: new Set(), follower: undefined };
      this.#jobs.set(key, job);
    }
    return job;
  }

  all(): IterableIterator<TrackedJob> {
    return this.#jobs.values();
  }

  keys(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /** Returns the job that this process belongs to. */
  of(process: Process): TrackedJob | undefined {
    return this.#byLauncher.get(process.launcher);
  }

  /** Tests whether this process is main of its job's present run, as far as that has been decided. */
  isMain(process: Process): boolean {
    return this.of(process)?.follower?.main === process;
  }

  /** Assigns this launcher and its descendants to the job. */
  enter(job: TrackedJob, launcher: Process): void {
    job.launchers.add(launcher);
    this.#byLauncher.set(launcher, job);
  }

  /**
   * Returns the job's processes without a known end, including those of former runs, in the order of birth.
   */
  living(key: string): readonly Process[] {
    return [...(this.#jobs.get(key)?.launchers ?? [])].flatMap((launcher) => this.lineage.living(launcher));
  }

  /** Forgets former runs without living processes. */
  dropEmptyRuns(job: TrackedJob): void {
    for (const launcher of job.launchers)
      if (this.lineage.living(launcher).length === 0) this.#drop(job, launcher);
  }

  /** Forgets a job without living processes. */
  forget(key: string): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    for (const launcher of job.launchers) this.#drop(job, launcher);
    this.#jobs.delete(key);
  }

  /** Returns what is known of the job, for the saved state. */
  save(key: string): JobLineage {
    const job = this.#jobs.get(key);
    const processes = [...(job?.launchers ?? [])].flatMap((launcher) => this.lineage.descendants(launcher));
    return { processes, follower: job?.follower };
  }

  /** Enters a job that a former supervisor saved. */
  restore(key: string, { processes, follower }: JobLineage): TrackedJob {
    const job = this.open(key);
    this.lineage.restore(processes);
    for (const process of processes) if (process.launcher === process) this.enter(job, process);
    if (follower !== undefined) job.follower = follower;
    return job;
  }

  #drop(job: TrackedJob, launcher: Process): void {
    this.lineage.drop(launcher);
    job.launchers.delete(launcher);
    this.#byLauncher.delete(launcher);
  }

  /** Returns the mains that have ended according to events, but whose exit status is not known yet. */
  endedWithoutStatus(): readonly number[] {
    return [...this.all()].flatMap(({ follower }) => {
      if (follower === undefined || follower.over) return [];
      const { pid, ended } = follower.main;
      return ended !== undefined && ended.status === undefined ? [pid] : [];
    });
  }
}
