import type { Disposable } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';

/**
 * When to look at /proc while a job starts, in milliseconds between two looks. Intermediates live for
 * milliseconds, and an environment is readable only until the uid changes. Later, only slow launchers are
 * left (pg_ctlcluster 2.3 s). After the last look, at the start timeout of 90 s, the schedule ends: PID 1
 * does not poll.
 */
const INTERVALS = [
  1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 1000, 2000, 4000, 8000, 16_000, 32_000,
];

/** Limits looks to a quarter of the processor: with thousands of processes they are less frequent. */
const IDLE_FACTOR = 4;

/** A series of looks that restarts at each launch. */
export class ScanSchedule implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  /** @param look looks at /proc, and returns the time taken */
  constructor(private readonly look: () => Nanoseconds) {}

  begin(): void {
    this.#next = 0;
    this.#set(0);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set(took: Nanoseconds): void {
    this.dispose();
    const interval = INTERVALS[this.#next++];
    if (interval === undefined) return;
    this.#timer = setTimeout(() => this.#set(this.look()), Math.max(interval, (took / 1e6) * IDLE_FACTOR));
  }
}
