import type { Disposable, ProcessCalls } from '../../kernel/kernel.js';
import type { CoreInput, JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';

/**
 * Processes that may or may not belong to a job: after a crash of foster there is no proof. foster never
 * signals them. It waits for their end, after which the job may start again.
 */
export class UnclearProcesses {
  readonly #waits = new Map<string, Map<number, Disposable>>();

  constructor(
    private readonly calls: Pick<ProcessCalls, 'openPidfd'>,
    private readonly submit: (input: CoreInput) => void,
  ) {}

  /** Notes that these processes may belong to the job. */
  note(job: JobRef, pids: readonly number[]): void {
    const waits = this.#waits.get(jobKey(job)) ?? new Map<number, Disposable>();
    this.#waits.set(jobKey(job), waits);
    for (const pid of pids) if (!waits.has(pid)) this.#await(job, pid, waits);
    if (waits.size > 0) this.submit({ kind: 'unclear', job, pids: [...waits.keys()] });
    else this.#waits.delete(jobKey(job));
  }

  close(): void {
    for (const waits of this.#waits.values()) for (const wait of waits.values()) wait.dispose();
    this.#waits.clear();
  }

  #await(job: JobRef, pid: number, waits: Map<number, Disposable>): void {
    const pidfd = this.calls.openPidfd(pid);
    if (pidfd === undefined) return;
    const watch = pidfd.onEnd(() => {
      pidfd.close();
      waits.delete(pid);
      if (waits.size === 0) this.#waits.delete(jobKey(job));
      this.submit({ kind: 'unclear', job, pids: [...waits.keys()] });
    });
    waits.set(pid, {
      dispose: () => {
        watch.dispose();
        pidfd.close();
      },
    });
  }
}
