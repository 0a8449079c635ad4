/** Processes what jobs report about themselves through sd_notify(3). */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { CoreInput, JobRef } from '../core/contract.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import type { Report } from '../log/log.js';
import { readMessage, type Notification } from './notify-message.js';

/** What status shows of it. */
export interface SelfReport {
  /** STATUS, one line */
  readonly text?: string;
  readonly doing?: 'reloading' | 'stopping';
}

interface NotificationsOptions {
  readonly submit: (input: CoreInput) => void;
  readonly classOf: (job: JobRef) => JobClass | undefined;
  /** makes the process main if it belongs to the job; false otherwise */
  readonly setMain: (job: JobRef, pid: number) => boolean;
  readonly store: (job: JobRef, name: string, descriptors: readonly number[]) => readonly number[];
  readonly unstore: (job: JobRef, name: string) => void;
  readonly report: Report;
}

export class Notifications {
  readonly #reports = new Map<string, SelfReport>();

  constructor(private readonly options: NotificationsOptions) {}

  of(job: JobRef): SelfReport | undefined {
    return this.#reports.get(jobKey(job));
  }

  /** Returns the report of every job. */
  get all(): readonly { readonly job: JobRef; readonly report: SelfReport }[] {
    return [...this.#reports].map(([key, report]) => ({ job: jobOfKey(key), report }));
  }

  /** Restores what the job reported to the previous supervisor. */
  restore(job: JobRef, report: SelfReport): void {
    this.#note(job, report);
  }

  /** Forgets the report: the job starts again, or is gone. */
  forget(job: JobRef): void {
    this.#reports.delete(jobKey(job));
  }

  /** @returns the kept descriptors */
  receive(job: JobRef, text: string, descriptors: readonly number[]): readonly number[] {
    const kept: number[] = [];
    for (const notice of readMessage(text)) {
      if (notice.kind === 'store') kept.push(...this.options.store(job, notice.name, descriptors));
      else this.#act(job, notice);
    }
    return kept;
  }

  #act(job: JobRef, notice: Exclude<Notification, { kind: 'store' }>): void {
    const { submit, classOf, unstore } = this.options;
    switch (notice.kind) {
      case 'main':
        return this.#appoint(job, notice.pid);
      case 'extend-timeout':
        return submit({ kind: 'extend-timeout', job, by: notice.by });
      case 'watchdog-interval':
        return submit({ kind: 'watchdog-interval', job, interval: notice.interval });
      case 'watchdog':
        return submit({ kind: 'watchdog', job, sign: notice.sign });
      case 'status':
        return this.#note(job, { ...this.of(job), text: notice.text });
      case 'reloading':
      case 'stopping':
        return this.#note(job, { ...this.of(job), doing: notice.kind });
      case 'ready': {
        // also the end of a reload
        const { text } = this.of(job) ?? {};
        this.#note(job, text === undefined ? {} : { text });
        if (classOf(job)?.ready?.when === 'notify') submit({ kind: 'ready', job });
        return;
      }
      case 'unstore':
        return unstore(job, notice.name);
    }
  }

  #note(job: JobRef, report: SelfReport): void {
    this.#reports.set(jobKey(job), report);
  }

  #appoint(job: JobRef, pid: number): void {
    const { setMain, report } = this.options;
    if (!setMain(job, pid)) {
      report(
        'warn',
        `${jobLabel(job)} names process ${pid} as its main process, which is not one of its own`,
      );
    }
  }
}
