/** The output of jobs that were taken back: they write on into their FIFOs, pipes and terminals, whose readers begin anew here. */
import type { Core } from '../core/core.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import { identityOf } from '../launch/identity.js';
import { LaunchError } from '../launch/launch-error.js';
import { usersIn } from '../launch/users.js';
import type { Part } from '../engine/part.js';
import type { JobOutputs, SavedOutput } from './job-outputs.js';
import type { Report } from '../log/log.js';

export interface OutputRecoveryOptions {
  readonly outputs: JobOutputs;
  readonly core: Pick<Core, 'job'>;
  readonly now: () => Milliseconds;
  /** pids of the job's processes: they hold its output open */
  readonly living: (job: JobRef) => readonly number[];
  readonly report: Report;
}

export class OutputRecovery implements Part {
  /** after a re-exec: what has no name; undefined after a crash, when it is looked for */
  #handed: readonly SavedOutput[] | undefined;

  constructor(private readonly options: OutputRecoveryOptions) {}

  keep(): readonly SavedOutput[] {
    return this.options.outputs.keepUnnamed();
  }

  restore(kept: readonly SavedOutput[]): void {
    this.#handed = kept;
  }

  /** The job has been taken back: what it writes is read again, into the same log file. */
  restoreJob(job: JobRef): void {
    const { outputs, core, now, report, living } = this.options;
    const jobClass = core.job(job, now())?.class;
    const key = jobKey(job);
    const kept =
      this.#handed?.filter((output) => jobKey(output.job) === key) ?? outputs.findLost(job, living(job));
    if (jobClass === undefined) {
      outputs.restoreJob(job, undefined, undefined, kept);
      return;
    }
    const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    try {
      outputs.restoreJob(job, jobClass, identityOf(jobClass, usersIn(jobClass.chroot ?? '/'), self), kept);
    } catch (error) {
      // the user has been removed since; the job runs on, and so does its output
      if (!(error instanceof LaunchError)) throw error;
      report('warn', `${job.name}: ${error.message}`);
      outputs.restoreJob(job, jobClass, undefined, kept);
    }
  }

  /** All jobs have been taken back: reads what is left in the FIFOs of others. */
  finish(): void {
    this.#handed = undefined;
    this.options.outputs.restoreUnclaimed();
  }
}
