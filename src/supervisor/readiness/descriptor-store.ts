import { closeForeign } from '../../kernel/files/close-foreign.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobOfKey } from '../../tracker/job-key.js';

/** systemd's: the first descriptor passed to a service (sd_listen_fds(3)). */
export const FIRST_PASSED = 3;

export interface Stored {
  readonly name: string;
  readonly fd: number;
}

/**
 * Descriptors that foster keeps for a job's next start on its request (FDSTORE of sd_notify(3)): a restarted
 * job gets its listening sockets and connections back. They are closed when the job stops.
 */
export class DescriptorStore {
  readonly #stored = new Map<string, Stored[]>();

  /** Keeps as many as possible. @param room maximum number for the job @returns the kept ones */
  keep(job: JobRef, name: string, descriptors: readonly number[], room: number): readonly number[] {
    const stored = this.of(job);
    const kept = descriptors.slice(0, Math.max(0, room - stored.length));
    if (kept.length > 0) this.#stored.set(jobKey(job), [...stored, ...kept.map((fd) => ({ name, fd }))]);
    return kept;
  }

  /** Returns those of all jobs. */
  get all(): readonly (Stored & { readonly job: JobRef })[] {
    return [...this.#stored].flatMap(([key, stored]) =>
      stored.map((one) => ({ job: jobOfKey(key), ...one })),
    );
  }

  /** Returns those of a job, oldest first. The same array as long as nothing changes. */
  of(job: JobRef): readonly Stored[] {
    return this.#stored.get(jobKey(job)) ?? NONE;
  }

  /** Closes those of this name. */
  remove(job: JobRef, name: string): void {
    const stored = this.of(job);
    for (const { fd } of stored.filter((one) => one.name === name)) closeForeign(fd);
    this.#stored.set(
      jobKey(job),
      stored.filter((one) => one.name !== name),
    );
  }

  /** Closes all, after the job has stopped. */
  release(job: JobRef): void {
    for (const { fd } of this.of(job)) closeForeign(fd);
    this.#stored.delete(jobKey(job));
  }

  close(): void {
    for (const stored of this.#stored.values()) for (const { fd } of stored) closeForeign(fd);
    this.#stored.clear();
  }
}

const NONE: readonly Stored[] = [];
