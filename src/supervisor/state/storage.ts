/** What outlives a supervisor: the run directory, and in it what is saved of each live job. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DecodeError } from '../../codec/decode-error.js';
import type { Kernel } from '../../kernel/kernel.js';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Runlevel } from '../bridges/runlevel.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import type { JobOutputs } from '../output/job-outputs.js';
import type { OutputRecovery } from '../output/output-recovery.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import type { SavedReexecState, Handover } from './handover.js';
import { thisBoot, type BootIdentity } from './boot-identity.js';
import { JobUids } from './former-jobs.js';
import { Launches } from './launches.js';
import { LaunchRecord } from './launch-record.js';
import { LastSeen } from './last-seen.js';
import { newSecret, readSecret, writeSecret } from './mark-secret.js';
import { RunDirectory, RunDirectoryError } from './run-directory.js';
import { SavedState, type LoadedState } from './saved-state.js';
import { snapshotJob, type SnapshotSources } from './snapshot.js';
import { UnsavedWork } from './unsaved-work.js';
import { recoverAfterCrash, resumeAfterReexec, type NewOwners, type RecoveryOptions } from './recovery.js';
import { writeNewFile } from './write-new-file.js';

/** Where there is no run directory. */
const NOTHING_SAVED: LoadedState = { files: [], damaged: [] };

/** Says that a supervisor has begun here and has not ended in order. Holds the place in which it began. */
const BEGUN = 'begun';

/**
 * Opens the run directory; where it cannot be written, foster works without one.
 * @param handover of the program that this one replaces, which holds the lock
 * @throws RunDirectoryError when another supervisor uses it, when it is not ours, or when jobs of a former supervisor run of which
 *   only it knows
 */
export function openRunDirectory(
  path: string,
  { files }: Pick<Kernel, 'files'>,
  report: Report,
  handover?: Pick<Handover, 'lock'>,
): RunDirectory | undefined {
  // whatever has become of it: jobs run that write into its FIFOs, and it is mended when they have been taken over
  if (handover?.lock !== undefined) return RunDirectory.resume(path, files, handover.lock);
  try {
    return RunDirectory.open(path, files);
  } catch (error) {
    if (error instanceof RunDirectoryError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (readMark(join(path, BEGUN), report) === JSON.stringify(thisBoot()))
      throw new RunDirectoryError(
        `A foster has crashed whose jobs may run on, and its run directory ${path} cannot be used (${reason}): mend that, or choose another one by --rundir, which starts these jobs a second time.`,
      );
    report('warn', `The run directory cannot be used, jobs will not survive a crash of foster: ${reason}`);
    return undefined;
  }
}

export interface StorageOptions {
  /** undefined where it cannot be used */
  readonly directory: RunDirectory | undefined;
  /** where it is, or should be */
  readonly path: string;
  readonly kernel: Kernel;
  /** what there is to save */
  readonly sources: SnapshotSources;
  readonly outputs: Pick<JobOutputs, 'runDirectoryLost'>;
  readonly runlevel: Pick<Runlevel, 'keep'>;
  readonly report: Report;
}

export class Storage implements Part {
  readonly #directory: RunDirectory | undefined;
  readonly #saved: SavedState | undefined;
  readonly #record: LaunchRecord | undefined;
  readonly #lastSeen: LastSeen;
  readonly #place: BootIdentity = thisBoot();
  readonly #report: Report;
  #secret: string | undefined;
  /** what is being started */
  readonly launches: Launches;
  /** what could not be written yet */
  readonly unsaved: UnsavedWork;
  /** it was missing, and has not been made again as a whole */
  #isLost = false;

  constructor(private readonly options: StorageOptions) {
    const { directory, path, kernel, sources, report } = options;
    this.#directory = directory;
    this.#report = (level, text) => report(level, directory?.readable(text) ?? text);
    this.unsaved = new UnsavedWork({ path, report: this.#report });
    this.#lastSeen = new LastSeen(
      (job) => sources.tracking.tracker.follower(jobKey(job)),
      (job) => this.#jobChanged(job),
    );
    this.#saved =
      directory &&
      new SavedState({
        get directory() {
          return directory.jobs;
        },
        place: this.#place,
        now: () => kernel.now() / 1e6,
        snapshot: (job) => snapshotJob(sources, job),
        saved: () => this.#clearRecord(),
        unsaved: this.unsaved,
        report: this.#report,
      });
    this.#record = directory && LaunchRecord.open(directory, () => kernel.now(), this.#report);
    this.launches = new Launches({
      record: this.#record,
      kernel,
      identities: sources.identities,
      save: (job) => void this.#saved?.writeJob(job),
      launching: (job) => this.#saved?.launching(job),
      mayBeginUnsaved: process.pid === 1,
      report: this.#report,
    });
  }

  readonly effects = {
    'job-changed': { report: ({ job }) => this.#jobChanged(job) },
  } satisfies Effects<'job-changed'>;

  /** What has become of the jobs that were taken back is saved. */
  start(): void {
    this.#saveAll();
  }

  jobGone(job: JobRef): void {
    this.#saved?.jobGone(job);
  }

  /** From which the marks of processes follow. */
  get markSecret(): string | undefined {
    return this.#secret;
  }

  /** Another process is main of the job: that it has stood for a while is worth recording. */
  mainChanged(job: JobRef): void {
    this.#lastSeen.mainChanged(job);
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
    const directory = this.#directory;
    if (directory === undefined) return;
    // unless all of it succeeds, it is lost
    const wasLost = this.#isLost;
    this.#isLost = true;
    const isMissing = directory.mend();
    this.#isLost = false;
    if (!isMissing && !wasLost) return;
    this.#report(
      'warn',
      `${directory.path} was removed or replaced: it is made again, and jobs are saved anew`,
    );
    this.#saveAnew();
  }

  #saveAnew(): void {
    const { outputs, runlevel } = this.options;
    this.#record?.reopen();
    this.#markBegun();
    this.#writeSecret();
    outputs.runDirectoryLost();
    this.#saveAll();
    runlevel.keep();
  }

  #saveAll(): void {
    const { core, now } = this.options.sources;
    for (const { ref } of core.jobs(now())) this.#jobChanged(ref);
  }

  #jobChanged(job: JobRef): void {
    this.#saved?.jobChanged(job);
  }

  #clearRecord(): void {
    this.unsaved.attempt('launches', () => this.#record?.clear());
  }

  /**
   * Takes back what a former supervisor has left, or takes over from the program that this one replaces.
   * @returns whether there was none: the first supervisor here since the machine or container began, or since an orderly end
   */
  restoreJobs(owners: NewOwners, recovery: OutputRecovery, handover?: Handover): boolean {
    const { core, tracking, now } = owners;
    tracking.recovery.useSecret(this.#findSecret(handover));
    const isNew = !this.#begin() && handover === undefined;
    const options: RecoveryOptions = {
      ...owners,
      kernel: this.options.kernel,
      hasMain: (job) => this.launches.has(job, 'main'),
      findLaunches: (job) => this.launches.find(job, tracking),
      uids: new JobUids(core, now),
      setAside: (file, error) => this.#saved!.setAside(file, error),
      endOfHook: (job, hook) => this.launches.endOfHook(job, hook),
      restoreOutput: (job) => recovery.restoreJob(job),
      report: this.#report,
    };
    if (!isNew && handover?.state === undefined) this.#loadPendingLaunches();
    if (!tryResumeAfterReexec(handover?.state, options))
      recoverAfterCrash(this.#saved?.load() ?? NOTHING_SAVED, options);
    recovery.finish();
    return isNew;
  }

  /** That of the supervisor before this one, so that the marks of its processes are known, or a new one. */
  #findSecret(handover: Handover | undefined): string {
    const path = this.#directory?.markSecret;
    const known = handover?.markSecret ?? (path === undefined ? undefined : readSecret(path, this.#report));
    this.#secret = known ?? newSecret();
    if (known === undefined) this.#writeSecret();
    return this.#secret;
  }

  #writeSecret(): void {
    const path = this.#directory?.markSecret;
    const secret = this.#secret;
    if (path !== undefined && secret !== undefined)
      this.unsaved.attempt('mark-secret', () => writeSecret(path, secret));
  }

  #loadPendingLaunches(): void {
    try {
      this.launches.loadPending(this.#record?.read() ?? []);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#report('error', `What was being started when foster ended is unknown: ${error.message}`);
    }
  }

  /** @returns whether another supervisor has begun here, and has not ended in order */
  #begin(): boolean {
    if (this.#directory === undefined) return false;
    const isOurs = readMark(this.#begunFile, this.#report) === this.#begunMark;
    if (!isOurs) this.#markBegun();
    return isOurs;
  }

  get #begunFile(): string {
    return this.#directory?.file(BEGUN) ?? '';
  }

  get #begunMark(): string {
    return JSON.stringify(this.#place);
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
    if (this.#directory === undefined) return;
    this.unsaved.attempt(BEGUN, () => rmSync(this.#begunFile, { force: true }));
    this.unsaved.close();
    this.#record?.close();
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
function tryResumeAfterReexec(state: SavedReexecState | undefined, options: RecoveryOptions): boolean {
  if (state === undefined) return false;
  try {
    resumeAfterReexec(state, options);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    options.report('error', `What was handed over cannot be read: ${error.message}`);
    return false;
  }
}
