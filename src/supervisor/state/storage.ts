/** What outlives a supervisor: the run directory, and in it what is saved of each live job. */
import { renameSync, rmSync } from 'node:fs';
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
import { JobUids } from './former-jobs.js';
import { Launches } from './launches.js';
import { LaunchRecord } from './launch-record.js';
import { LastSeen } from './last-seen.js';
import { newSecret, readSecret, writeSecret } from './mark-secret.js';
import { RunDirectory, RunDirectoryError } from './run-directory.js';
import { SavedState, type LoadedState } from './saved-state.js';
import { snapshotJob } from './snapshot.js';
import { UnsavedWork } from './unsaved-work.js';
import { takeBack, takeOver, type TakeBackOptions } from './take-back.js';
import { writeNewFile } from './write-new-file.js';

/** Where there is no run directory. */
const NOTHING_SAVED: LoadedState = { files: [], damaged: [] };

/** Says that a supervisor has begun here and has not ended in order. Holds the place in which it began. */
const BEGUN = 'begun';

export class Storage {
  #supervisor: Supervisor | undefined;
  #outputs: JobOutputs | undefined;
  readonly #saved: SavedState | undefined;
  readonly #record: LaunchRecord | undefined;
  #secret: string | undefined;
  readonly #lastSeen = new LastSeen(
    (job) => this.#supervisor?.tracking.tracker.follower(jobKey(job)),
    (job) => this.jobChanged(job),
  );
  /** what is being started */
  readonly launches: Launches;
  /** what could not be written yet */
  readonly unsaved: UnsavedWork;
  private readonly report: Report;
  /** it was missing, and has not been made again as a whole */
  #isLost = false;

  private constructor(
    private readonly directory: RunDirectory | undefined,
    path: string,
    private readonly kernel: Kernel,
    reportAsIs: Report,
    private readonly place: Place,
  ) {
    const report: Report = (level, text) => reportAsIs(level, directory?.readable(text) ?? text);
    this.report = report;
    this.unsaved = new UnsavedWork({ path, report });
    this.#saved =
      directory &&
      new SavedState({
        get directory() {
          return directory.jobs;
        },
        place,
        now: () => kernel.now() / 1e6,
        snapshot: (job) => this.#supervisor && snapshotJob(this.#supervisor, kernel.proc, job),
        saved: () => this.#clearRecord(),
        unsaved: this.unsaved,
        report,
      });
    this.#record = directory && LaunchRecord.open(directory, () => kernel.now(), report);
    this.launches = new Launches({
      record: this.#record,
      kernel,
      save: (job) => void this.#saved?.writeJob(job),
      launching: (job) => this.#saved?.launching(job),
      mayBeginUnsaved: process.pid === 1,
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
    // whatever has become of it: jobs run that write into its FIFOs, and it is mended when they have been taken over
    if (handover?.lock !== undefined) {
      const directory = RunDirectory.resume(path, kernel.files, handover.lock);
      return new Storage(directory, path, kernel, report, place);
    }
    try {
      return new Storage(RunDirectory.open(path, kernel.files), path, kernel, report, place);
    } catch (error) {
      if (error instanceof RunDirectoryError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      report('warn', `The run directory cannot be used, jobs will not survive a crash of foster: ${reason}`);
      return new Storage(undefined, path, kernel, report, place);
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

  /** Where it is noted which directories foster has made; undefined where nothing can be kept. */
  get madeDirectories(): string | undefined {
    return this.directory?.file('made');
  }

  /** From which the marks of processes follow. */
  get markSecret(): string | undefined {
    return this.#secret;
  }

  jobChanged(job: JobRef): void {
    this.#saved?.jobChanged(job);
  }

  /** Another process is main of the job: that it has stood for a while is worth recording. */
  mainChanged(job: JobRef): void {
    this.#lastSeen.mainChanged(job);
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

  /** Makes again what is missing of the run directory. @throws the errors of system calls, and RunDirectoryError */
  mend(): void {
    const { directory } = this;
    if (directory === undefined) return;
    // unless all of it succeeds, it is lost
    const wasLost = this.#isLost;
    this.#isLost = true;
    const isMissing = directory.mend();
    this.#isLost = false;
    if (!isMissing && !wasLost) return;
    this.report(
      'warn',
      `${directory.path} was removed or replaced: it is made again, and jobs are saved anew`,
    );
    this.#saveAnew();
  }

  #saveAnew(): void {
    this.#record?.reopen();
    this.#markBegun();
    this.#writeSecret();
    this.#outputs?.runDirectoryLost();
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return;
    for (const { ref } of supervisor.core.jobs(supervisor.now())) this.jobChanged(ref);
    supervisor.activation.runlevel.keep();
  }

  #clearRecord(): void {
    this.unsaved.attempt('launches', () => this.#record?.clear());
  }

  /**
   * Takes back what a former supervisor has left, or takes over from the program that this one replaces.
   * @returns whether there was none: the first supervisor here since the machine or container began, or since an orderly end
   */
  takeBack(supervisor: Supervisor, outputs: JobOutputs, handover?: Handover): boolean {
    this.#supervisor = supervisor;
    this.#outputs = outputs;
    supervisor.tracking.recovery.useSecret(this.#findSecret(handover));
    const isNew = !this.#begin() && handover === undefined;
    const kept = new Map(handover?.state?.outputs.map((output) => [jobKey(output.job), output]));
    const options: TakeBackOptions = {
      supervisor,
      kernel: this.kernel,
      hasMain: (job) => this.launches.has(job, 'main'),
      endOfHook: (job, hook) => this.launches.endOfHook(job, hook),
      findLaunches: (job) => this.launches.find(job, supervisor.tracking),
      uids: new JobUids(supervisor),
      setAside: (file, error) => this.#saved!.setAside(file, error),
      restoreOutput: (job) => restoreOutput(job, kept.get(jobKey(job)), supervisor, outputs, this.report),
      report: this.report,
    };
    if (!isNew && handover?.state === undefined) this.#takeUpLaunches();
    if (handover?.state !== undefined) {
      supervisor.readiness.restore(handover.state.readiness);
      supervisor.health.restore(handover.state.health);
      if (handover.state.remembered !== undefined) supervisor.memory.restore(handover.state.remembered);
    }
    if (!tryTakeOver(handover?.state, options)) takeBack(this.#saved?.load() ?? NOTHING_SAVED, options);
    outputs.restoreUnclaimed();
    return isNew;
  }

  /** That of the supervisor before this one, so that the marks of its processes are known, or a new one. */
  #findSecret(handover: Handover | undefined): string {
    const path = this.directory?.markSecret;
    const known = handover?.markSecret ?? (path === undefined ? undefined : readSecret(path, this.report));
    this.#secret = known ?? newSecret();
    if (known === undefined) this.#writeSecret();
    return this.#secret;
  }

  #writeSecret(): void {
    const path = this.directory?.markSecret;
    const secret = this.#secret;
    if (path !== undefined && secret !== undefined)
      this.unsaved.attempt('mark-secret', () => writeSecret(path, secret));
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
    const isOurs = readMark(this.#begunFile, this.report) === this.#begunMark;
    if (!isOurs) this.#markBegun();
    return isOurs;
  }

  get #begunFile(): string {
    return this.directory?.file(BEGUN) ?? '';
  }

  get #begunMark(): string {
    return JSON.stringify(this.place);
  }

  #markBegun(): void {
    const [file, mark] = [this.#begunFile, this.#begunMark];
    this.unsaved.attempt(BEGUN, () => {
      // written whole or not at all: half a mark would say that nothing has begun here
      writeNewFile(`${file}.new`, mark);
      renameSync(`${file}.new`, file);
    });
  }

  /** An orderly end: the next supervisor here begins anew. */
  close(): void {
    this.#lastSeen.close();
    this.write();
    const { directory } = this;
    if (directory === undefined) return;
    this.unsaved.attempt(BEGUN, () => rmSync(this.#begunFile, { force: true }));
    this.unsaved.close();
    this.#record?.close();
    directory.close();
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
