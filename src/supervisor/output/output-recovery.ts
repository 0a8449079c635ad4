/** Reads the output of recovered jobs again, from the FIFOs, pipes and terminals that they still write to. */
import { closeSync } from 'node:fs';
import type { Core } from '../core/core.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import { identityOf } from '../launch/identity.js';
import { LaunchError } from '../launch/launch-error.js';
import { usersIn } from '../launch/users.js';
import type { Part } from '../engine/part.js';
import type { JobOutputs } from './job-outputs.js';
import type { SavedOutput } from './saved-output.js';
import type { Report } from '../log/log.js';

interface OutputRecoveryOptions {
  readonly outputs: JobOutputs;
  readonly core: Pick<Core, 'job'>;
  readonly now: () => Milliseconds;
  /** pids of the job's processes, which have its output open */
  readonly living: (job: JobRef) => readonly number[];
  readonly report: Report;
}

export class OutputRecovery implements Part {
  /** the pipes and terminals kept over a re-exec; undefined after a crash */
  #handed: readonly SavedOutput[] | undefined;
  /** FIFOs kept over a re-exec, until they have been opened again */
  #fifos: readonly SavedOutput[] = [];

  constructor(private readonly options: OutputRecoveryOptions) {}

  saveForReexec(): readonly SavedOutput[] {
    return this.options.outputs.keepOpen();
  }

  restoreAfterReexec(kept: readonly SavedOutput[]): void {
    this.#handed = kept.filter(({ isFifo }) => isFifo !== true);
    this.#fifos = kept.filter(({ isFifo }) => isFifo === true);
  }

  /**
   * Reads the output of a recovered job again, into the same log file.
   * @param pids processes that have it open
   */
  restoreJob(job: JobRef, pids: readonly number[] = this.options.living(job)): void {
    const { outputs, core, now, report } = this.options;
    const jobClass = core.job(job, now())?.class;
    const key = jobKey(job);
    const kept = this.#handed?.filter((output) => jobKey(output.job) === key) ?? outputs.findLost(job, pids);
    if (jobClass === undefined) {
      outputs.restoreJob(job, undefined, undefined, kept);
      return;
    }
    const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    try {
      outputs.restoreJob(job, jobClass, identityOf(jobClass, usersIn(jobClass.chroot ?? '/'), self), kept);
    } catch (error) {
      // the user was removed meanwhile; the job runs on, and its output is still read
      if (!(error instanceof LaunchError)) throw error;
      report('warn', `${job.name}: ${error.message}`);
      outputs.restoreJob(job, jobClass, undefined, kept);
    }
  }

  /** Reads the remaining FIFOs. Must be called when all jobs have been recovered. */
  finish(): void {
    this.#handed = undefined;
    this.options.outputs.restoreUnclaimed();
    for (const { supervisor } of this.#fifos) closeSync(supervisor);
    this.#fifos = [];
  }
}
