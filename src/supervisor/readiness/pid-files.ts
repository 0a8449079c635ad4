/** The PID files of jobs (`pid file PATH`): a hint which process is main, and who takes over when main has ended. */
import { posix } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import { jobKey, jobOfKey } from '../../tracker/job-key.js';
import type { PidFileTarget } from '../../tracker/follower/evidence.js';
import type { Process } from '../../tracker/model.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { JobRef } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { environmentOf } from '../core/environment.js';
import { expand } from '../core/expansion.js';
import { inRoot } from '../launch/rooted-path.js';
import { usersIn } from '../launch/users.js';
import { readPidFileTarget } from './pid-file-target.js';
import { PidFileHint } from './pid-file.js';

interface PidFilesOptions {
  readonly kernel: Pick<Kernel, 'proc'>;
  readonly tracking: Tracking;
  readonly core: Pick<Core, 'environment'>;
  readonly classOf: (job: JobRef) => JobClass | undefined;
  readonly warn: (job: JobRef, text: string) => void;
}

export class PidFiles {
  readonly #hints = new Map<string, PidFileHint>();

  constructor(private readonly options: PidFilesOptions) {
    options.tracking.setPidFileReader((key, main) => this.#target(jobOfKey(key), main));
  }

  /** Reads the job's PID file now and at each change, until it has named a process of the job. */
  check(job: JobRef): void {
    const pidFile = this.options.classOf(job)?.pidFile;
    if (pidFile === undefined) return;
    const key = jobKey(job);
    const hint = this.#hints.get(key) ?? this.#makeHint(job, pidFile);
    this.#hints.set(key, hint);
    hint.check();
  }

  /** Stops watching the job's PID file. */
  stop(job: JobRef): void {
    this.#hints.get(jobKey(job))?.stop();
  }

  forget(job: JobRef): void {
    this.stop(job);
    this.#hints.delete(jobKey(job));
  }

  close(): void {
    for (const hint of this.#hints.values()) hint.stop();
  }

  /** Returns the process that the job's PID file names, now that main has ended. */
  #target(job: JobRef, main: Process): PidFileTarget | undefined {
    const { kernel, tracking, core, classOf } = this.options;
    const jobClass = classOf(job);
    if (jobClass?.pidFile === undefined) return undefined;
    const { tracker } = tracking;
    const ownUid = process.getuid?.() ?? 0;
    const jobUid =
      (jobClass.setuid === undefined
        ? undefined
        : usersIn(jobClass.chroot ?? '/').user(jobClass.setuid)?.uid) ?? ownUid;
    return readPidFileTarget(resolvePath(core, job, jobClass, jobClass.pidFile), main.pid, jobUid, {
      proc: kernel.proc,
      self: { pid: tracker.self, uid: ownUid },
      known: (pid) => {
        const process = tracker.lineage.get(pid);
        if (process === undefined || !tracking.handles.isAlive(process)) return undefined;
        return { process, isOfJob: tracker.jobOf(process) === jobKey(job) };
      },
    });
  }

  #makeHint(job: JobRef, pidFile: string): PidFileHint {
    const { tracking, core, classOf, warn } = this.options;
    const path = resolvePath(core, job, classOf(job)!, pidFile);
    const named = (pid: number): boolean => tracking.setMain(jobKey(job), pid, 'hint', `${path} names it`);
    return new PidFileHint(path, named, (text) => warn(job, text));
  }
}

/** Returns a path of the job file as foster sees it: variables expanded, below the job's working and root directory. */
export function resolvePath(
  core: Pick<Core, 'environment'>,
  job: JobRef,
  jobClass: JobClass,
  path: string,
): string {
  const expansion = expand(path, environmentOf(core.environment(job) ?? []));
  const inside = posix.resolve(jobClass.chdir ?? '/', expansion.ok ? expansion.text : path);
  return inRoot(jobClass.chroot ?? '/', inside) ?? inside;
}
