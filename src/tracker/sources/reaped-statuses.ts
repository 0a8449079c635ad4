/**
 * Keeps the exit statuses of children that were reaped before their exit event was read. In a storm that is
 * the rule: reaping is immediate, and the queue is read every few milliseconds.
 */
import type { WaitStatus } from '../../kernel/kernel.js';

export class ReapedStatuses {
  /** since the last read of the queue, and between the last two reads */
  #latest = new Map<number, WaitStatus>();
  #former: ReadonlyMap<number, WaitStatus> = new Map();

  note(pid: number, status: WaitStatus): void {
    this.#latest.set(pid, status);
  }

  has(pid: number): boolean {
    return this.#latest.has(pid) || this.#former.has(pid);
  }

  take(pid: number): WaitStatus | undefined {
    return this.#latest.get(pid) ?? this.#former.get(pid);
  }

  /**
   * Forgets old statuses after a read of the queue. If two reads did not contain the exit, it was no process
   * of a job.
   */
  wasRead(): void {
    if (this.#latest.size === 0 && this.#former.size === 0) return;
    this.#former = this.#latest;
    this.#latest = new Map();
  }

  clear(): void {
    this.#latest.clear();
    this.#former = new Map();
  }
}
