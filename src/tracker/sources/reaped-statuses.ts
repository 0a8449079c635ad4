/**
 * How children of ours ended that were reaped before their exit was read in the queue of events. In a storm most are: they
 * are reaped at once, and the queue is read every few milliseconds.
 */
import type { WaitStatus } from '../../kernel/kernel.js';

export class ReapedStatuses {
  /** since the last reading of the queue, and between the last two */
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

  /** The queue has been read. What it has said nothing of the next reading will, or it was no process of a job. */
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
