import { closeSync } from 'node:fs';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobOfKey } from '../../tracker/job-key.js';

/** systemd's: the first descriptor that a service is given (sd_listen_fds(3)). */
export const FIRST_PASSED = 3;

export interface Stored {
  readonly name: string;
  readonly fd: number;
}

/**
 * Descriptors that jobs have asked to be kept for their next start (FDSTORE of sd_notify(3)): a job that is restarted finds
 * its listening sockets and its connections again. They go when the job stops.
 */
export class DescriptorStore {
  readonly #stored = new Map<string, Stored[]>();

  /** Keeps as many as there is room for. @param room how many the job may keep in all @returns those that it keeps */
  keep(job: JobRef, name: string, descriptors: readonly number[], room: number): readonly number[] {
    const stored = this.of(job);
    const kept = descriptors.slice(0, Math.max(0, room - stored.length));
    if (kept.length > 0) this.#stored.set(jobKey(job), [...stored, ...kept.map((fd) => ({ name, fd }))]);
    return kept;
  }

  /** Of all jobs. */
  get all(): readonly (Stored & { readonly job: JobRef })[] {
    return [...this.#stored].flatMap(([key, stored]) =>
      stored.map((one) => ({ job: jobOfKey(key), ...one })),
    );
  }

  /** In the order in which they came. The same array as long as nothing changes. */
  of(job: JobRef): readonly Stored[] {
    return this.#stored.get(jobKey(job)) ?? NONE;
  }

  /** Lets go of those of this name. */
  remove(job: JobRef, name: string): void {
    const stored = this.of(job);
    for (const { fd } of stored.filter((one) => one.name === name)) closeSync(fd);
    this.#stored.set(
      jobKey(job),
      stored.filter((one) => one.name !== name),
    );
  }

  /** The job has stopped. */
  release(job: JobRef): void {
    for (const { fd } of this.of(job)) closeSync(fd);
    this.#stored.delete(jobKey(job));
  }

  close(): void {
    for (const stored of this.#stored.values()) for (const { fd } of stored) closeSync(fd);
    this.#stored.clear();
  }
}

const NONE: readonly Stored[] = [];
