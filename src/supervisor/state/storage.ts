/** What outlives a supervisor: the run directory, and in it what is saved of each live job. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecodeError } from '../../codec/decode-error.js';
import type { Kernel } from '../../kernel/kernel.js';
import { readTextIfThere } from '../../kernel/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { identityOf } from '../launch/identity.js';
import { LaunchError } from '../launch/launch-error.js';
import { usersIn } from '../launch/users.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../job-key.js';
import type { JobOutputs, KeptOutput } from '../output/job-outputs.js';
import type { Report } from '../output/report.js';
import type { Supervisor } from '../supervisor.js';
import type { HandedState, Handover } from './handover.js';
import { thisPlace, type Place } from './place.js';
import { Launches } from './launches.js';
import { LaunchRecord } from './launch-record.js';
import { RunDirectory, RunDirectoryError } from './run-directory.js';
import { SavedState, type LoadedState } from './saved-state.js';
import { snapshotJob } from './snapshot.js';
import { takeBack, takeOver, type TakeBackOptions } from './take-back.js';

/** Where there is no run directory. */
const NOTHING_SAVED: LoadedState = { files: [], damaged: [] };

/** Says that a supervisor has begun here and has not ended in order. Holds the place in which it began. */
const BEGUN = 'begun';

export class Storage {
  #supervisor: Supervisor | undefined;
  readonly #saved: SavedState | undefined;
  readonly #record: LaunchRecord | undefined;
  /** what is being started */
  readonly launches: Launches;

  private constructor(
    private readonly directory: RunDirectory | undefined,
    private readonly kernel: Kernel,
    private readonly report: Report,
    private readonly place: Place,
  ) {
    this.#saved =
      directory &&
      new SavedState({
        directory: directory.jobs,
        place,
        now: () => kernel.now() / 1e6,
        snapshot: (job) => this.#supervisor && snapshotJob(this.#supervisor, kernel.proc, job),
        saved: () => this.#record?.clear(),
        report,
      });
    const now = (): number => kernel.now();
    this.#record = directory && LaunchRecord.open(directory.launches, now, report);
    this.launches = new Launches({
      record: this.#record,
      kernel,
      save: (job) => this.#saved?.writeJob(job),
      launching: (job) => this.#saved?.launching(job),
      report,
    });
  }

  /**
   * Opens the run directory; where it cannot be written, foster works without one.
   * @param handover of the program that this one replaces, which holds the lock
   * @throws RunDirectoryError when another supervisor uses it, or when it is not ours
   */
  static open(path: string, kernel: Kernel, report: Report, handover?: Handover): Storage {
    const place = thisPlace();
    try {
      return new Storage(RunDirectory.open(path, kernel.files, handover?.lock), kernel, report, place);
    } catch (error) {
      if (error instanceof RunDirectoryError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      report('warn', `The run directory cannot be used, jobs will not survive a crash of foster: ${reason}`);
      return new Storage(undefined, kernel, report, place);
    }
  }

  /** The descriptor that holds the run directory's lock. */
  get lock(): number | undefined {
    return this.directory?.lockDescriptor;
  }

  /** Where the jobs' FIFOs are; undefined where there can be none. */
  get fifodir(): string | undefined {
    return this.directory?.output;
  }

  jobChanged(job: JobRef): void {
    this.#saved?.jobChanged(job);
  }

  jobGone(job: JobRef): void {
    this.#saved?.jobGone(job);
  }

  /** Saves one job in the middle of a change: somebody is about to hear of it. */
  save(job: JobRef): void {
    this.#saved?.writeJob(job);
  }

  /** Writes everything that has changed, now. */
  write(): void {
    this.#saved?.write();
  }

  /**
   * Takes back what a former supervisor has left, or takes over from the program that this one replaces.
   * @returns whether there was none: the first supervisor here since the machine or container began, or since an orderly end
   */
  takeBack(supervisor: Supervisor, outputs: JobOutputs, handover?: Handover): boolean {
    this.#supervisor = supervisor;
    const isNew = !this.#begin() && handover === undefined;
    const kept = new Map(handover?.state?.outputs.map((output) => [jobKey(output.job), output]));
    const options: TakeBackOptions = {
      supervisor,
      kernel: this.kernel,
      hasMain: (job) => this.launches.has(job, 'main'),
      findLaunches: (job) => this.launches.find(job, supervisor.tracking),
      setAside: (file, error) => this.#saved!.setAside(file, error),
      restoreOutput: (job) => restoreOutput(job, kept.get(jobKey(job)), supervisor, outputs, this.report),
      report: this.report,
    };
    if (!isNew && handover?.state === undefined) this.#takeUpLaunches();
    if (handover?.state !== undefined) supervisor.readiness.restore(handover.state.readiness);
    if (!tryTakeOver(handover?.state, options)) takeBack(this.#saved?.load() ?? NOTHING_SAVED, options);
    outputs.restoreUnclaimed();
    return isNew;
  }

  #takeUpLaunches(): void {
    try {
      this.launches.takeUp(this.#record?.read() ?? []);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.report('error', `What was being started when foster ended is unknown: ${error.message}`);
    }
  }

  /** @returns whether another supervisor has begun here, and has not ended in order */
  #begin(): boolean {
    if (this.directory === undefined) return false;
    const begun = join(this.directory.path, BEGUN);
    const mark = JSON.stringify(this.place);
    const before = readMark(begun, this.report);
    try {
      writeFileSync(begun, mark);
    } catch (error) {
      // no space: jobs run all the same, and an empty mark would say that nothing has begun here
      rmSync(begun, { force: true });
      const reason = error instanceof Error ? error.message : String(error);
      this.report('warn', `The next foster here will take this one's jobs for new ones: ${reason}`);
    }
    return before === mark;
  }

  /** An orderly end: the next supervisor here begins anew. */
  close(): void {
    this.write();
    if (this.directory === undefined) return;
    this.#record?.close();
    rmSync(join(this.directory.path, BEGUN), { force: true });
    this.directory.close();
  }
}

/** Undefined when there is none, or when something else is in its place. */
function readMark(path: string, report: Report): string | undefined {
  try {
    return readTextIfThere(path, { limit: 4096, links: 'refuse' });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    report('error', `Whether foster has crashed here is unknown: ${error.message}`);
    return undefined;
  }
}

/** @returns false when there is nothing that could be taken over: then the run directory says what there was */
function tryTakeOver(state: HandedState | undefined, options: TakeBackOptions): boolean {
  if (state === undefined) return false;
  try {
    takeOver(state, options);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    options.report('error', `What was handed over cannot be read: ${error.message}`);
    return false;
  }
}

/** The job writes on into its FIFO; here its reader begins anew, with the same log file. */
function restoreOutput(
  job: JobRef,
  kept: KeptOutput | undefined,
  supervisor: Supervisor,
  outputs: JobOutputs,
  report: Report,
): void {
  const jobClass = supervisor.core.job(job, supervisor.now())?.class;
  if (jobClass === undefined) return;
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  try {
    outputs.restore(job, jobClass, identityOf(jobClass, usersIn(jobClass.chroot ?? '/'), self), kept);
  } catch (error) {
    // the user has been removed since; the job runs on, and so does its output
    if (!(error instanceof LaunchError)) throw error;
    report('warn', `${job.name}: ${error.message}`);
    outputs.restore(job, jobClass, undefined, kept);
  }
}
