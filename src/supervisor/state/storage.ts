/** Saves the state of all jobs in the run directory, and recovers it. */
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Runlevel } from '../bridges/runlevel.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import type { EmptiedDirectory } from './emptied-directory.js';
import type { JobOutputs } from '../output/job-outputs.js';
import type { OutputRecovery } from '../output/output-recovery.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import type { Handover } from './handover.js';
import { thisBoot } from './boot-identity.js';
import { JobUids } from './former-jobs.js';
import { Launches } from './launches.js';
import { LaunchRecord } from './launch-record.js';
import { LastSeen } from './last-seen.js';
import { LatchesFile } from './latches-file.js';
import { newSecret, readSecret, writeSecret } from './mark-secret.js';
import type { RunDirectory } from './run-directory.js';
import { SavedState, type LoadedState } from './saved-state.js';
import { StartupDue } from './startup-due.js';
import { snapshotJob, type SnapshotSources } from './snapshot.js';
import { UnsavedWork } from './unsaved-work.js';
import {
  recoverAfterCrash,
  tryResumeAfterReexec,
  type RecoveredJobsOwners,
  type RecoveryOptions,
} from './recovery.js';
import { CrashMark } from './open-run-directory.js';

/** What is loaded without a run directory. */
const NOTHING_SAVED: LoadedState = { files: [], damaged: [] };

interface StorageOptions {
  /** undefined if it cannot be used */
  readonly directory: RunDirectory | undefined;
  /** its path */
  readonly path: string;
  /** path of the control socket */
  readonly socket: string;
  readonly kernel: Kernel;
  /** the sources of what is saved */
  readonly sources: SnapshotSources;
  readonly outputs: Pick<JobOutputs, 'runDirectoryLost'>;
  readonly runlevel: Pick<Runlevel, 'save'>;
  readonly report: Report;
}

export class Storage implements Part {
  readonly #directory: RunDirectory | undefined;
  readonly #saved: SavedState | undefined;
  readonly #record: LaunchRecord | undefined;
  readonly #crashMark: CrashMark | undefined;
  readonly #latches: LatchesFile | undefined;
  readonly #startupDue: StartupDue | undefined;
  readonly #lastSeen: LastSeen;
  readonly #report: Report;
  #secret: string | undefined;
  /** the record of launches */
  readonly launches: Launches;
  /** writes that are retried */
  readonly unsaved: UnsavedWork;
  /** it was missing, and could not be recreated completely */
  #isLost = false;
  /** it had no secret of a foster before this one */
  #isUnknown = false;

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
        place: thisBoot(),
        now: () => kernel.now() / 1e6,
        snapshot: (job) => snapshotJob(sources, job),
        before: () => this.#latches?.writeBeforeJobs(),
        after: (isAll) => {
          this.#latches?.writeAfterJobs();
          if (isAll) this.#clearRecord();
        },
        unsaved: this.unsaved,
        report: this.#report,
      });
    this.#latches =
      directory &&
      new LatchesFile({
        path: () => directory.file('latches'),
        place: thisBoot(),
        pending: () => sources.core.pendingEvents(),
        latches: (handled) => sources.core.latches(handled),
        unsaved: this.unsaved,
        report: this.#report,
      });
    this.#crashMark = directory && new CrashMark(directory, this.unsaved, this.#report);
    this.#startupDue = directory && new StartupDue(() => directory.file('startup-due'), this.unsaved);
    this.#record = directory && LaunchRecord.open(directory, () => kernel.now(), this.#report);
    this.launches = new Launches({
      record: this.#record,
      kernel,
      identities: sources.identities,
      save: (job) => void this.#saved?.writeJob(job),
      launching: (job) => this.#saved?.launching(job),
      mayStartUnrecorded: process.pid === 1,
      report: this.#report,
    });
  }

  readonly effects = {
    'job-changed': { report: ({ job }) => this.#jobChanged(job) },
    'latches-changed': {
      report: () => {
        this.#latches?.changed();
        this.#saved?.writeSoon();
      },
    },
  } satisfies Effects<'job-changed' | 'latches-changed'>;

  /** Saves the recovered jobs. */
  start(): void {
    this.#saveAll();
  }

  jobGone(job: JobRef): void {
    this.#saved?.jobGone(job);
  }

  /** Returns the secret from which the marks of processes are derived. */
  get markSecret(): string | undefined {
    return this.#secret;
  }

  /** Notes that the job has a new main (last-seen.ts). */
  mainChanged(job: JobRef): void {
    this.#lastSeen.mainChanged(job);
  }

  /** Saves one job now, even in the middle of a change, before a client learns of it. */
  save(job: JobRef): void {
    this.#saved?.writeJob(job);
  }

  /** Writes all changes now. */
  write(): void {
    this.#latches?.changed();
    this.#saved?.write();
  }

  /** Recreates what is missing of the run directory. @throws the errors of system calls, and RunDirectoryError */
  repair(): void {
    const directory = this.#directory;
    if (directory === undefined) return;
    // reset only if everything succeeds
    const wasLost = this.#isLost;
    this.#isLost = true;
    const isMissing = directory.repair();
    this.#isLost = false;
    if (!isMissing && !wasLost) return;
    this.#report(
      'warn',
      `${directory.path} was removed or replaced: foster has recreated it, and saves all jobs again`,
    );
    this.#saveEverything();
  }

  #saveEverything(): void {
    const { outputs, runlevel } = this.options;
    this.#record?.reopen();
    this.#crashMark?.write();
    this.#writeSecret();
    outputs.runDirectoryLost();
    this.#saveAll();
    this.#latches?.write();
    runlevel.save();
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
   * Recovers the jobs of a previous supervisor, after a crash or a re-exec.
   * @returns whether there was none to recover from: this is the first supervisor since boot, or since an orderly
   *   shutdown; or the one before was killed before the startup event had started any job for good
   */
  restoreJobs(owners: RecoveredJobsOwners, recovery: OutputRecovery, handover?: Handover): boolean {
    const { core, tracking, now } = owners;
    tracking.recovery.useSecret(this.#findSecret(handover));
    const isNew = !this.#begin() && handover === undefined;
    const options: RecoveryOptions = {
      ...owners,
      kernel: this.options.kernel,
      hasMain: (job) => this.launches.has(job, 'main'),
      findLaunches: (job) => this.launches.find(job, tracking),
      uids: new JobUids(core, now),
      emptied: this.#emptied(),
      moveAside: (file, error) => this.#saved!.moveAside(file, error),
      endOfHook: (job, hook) => this.launches.endOfHook(job, hook),
      restoreOutput: (job, pids) => recovery.restoreJob(job, pids),
      report: this.#report,
    };
    if (!tryResumeAfterReexec(handover?.state, options)) {
      if (!isNew) this.#loadPendingLaunches();
      this.#recoverAfterCrash(isNew, options);
    }
    recovery.finish();
    return isNew || (handover === undefined && this.#startupDue?.exists() === true);
  }

  #recoverAfterCrash(isNew: boolean, options: RecoveryOptions): void {
    recoverAfterCrash(this.#saved?.load() ?? NOTHING_SAVED, options);
    const { core, engine, now } = options;
    // what foster held before an orderly end no longer counts
    if (isNew) this.#latches?.write();
    else this.#latches?.recover((latches) => engine.carryOut(core.restoreLatches(latches, now())));
  }

  /** Returns the secret of the previous supervisor, so that the marks of its processes are known, or a new one. */
  #findSecret(handover: Handover | undefined): string {
    const path = this.#directory?.markSecret;
    const known = handover?.markSecret ?? (path === undefined ? undefined : readSecret(path, this.#report));
    this.#secret = known ?? newSecret();
    this.#isUnknown = known === undefined && handover === undefined;
    if (known === undefined) this.#writeSecret();
    return this.#secret;
  }

  #emptied(): EmptiedDirectory | undefined {
    const { path, socket } = this.options;
    const descriptor = this.#directory?.descriptor;
    return this.#isUnknown && descriptor !== undefined ? { path, socket, descriptor } : undefined;
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
      this.#report('error', `The record of launches cannot be read: ${error.message}`);
    }
  }

  /** @returns whether a supervisor has crashed here, so that there may be jobs to recover */
  #begin(): boolean {
    if (this.#crashMark === undefined) return false;
    const hasCrashed = this.#crashMark.exists();
    if (hasCrashed) return true;
    this.#startupDue?.write();
    this.#crashMark.write();
    return false;
  }

  /** Saves what the startup event has begun: it will not be emitted again. */
  startupBegan(): void {
    if (this.#startupDue?.exists() !== true) return;
    this.write();
    this.#startupDue.remove();
  }

  /** Writes everything, and marks the end as orderly. */
  close(): void {
    this.#lastSeen.close();
    this.write();
    if (this.#directory === undefined) return;
    this.#crashMark?.remove();
    this.unsaved.close();
    this.#record?.close();
  }
}
