import type { Disposable } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';

/**
 * When to look at /proc while a job starts, in milliseconds from one look to the next. An intermediate process lives for
 * milliseconds, an environment may be read until the uid changes; later only launchers that take their time are left
 * (pg_ctlcluster 2.3 s). After the last, at the start timeout of 90 s, nothing looks any more: PID 1 does not poll.
 */
const INTERVALS = [
  1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 1000, 2000, 4000, 8000, 16_000, 32_000,
];

/** A look may take a quarter of the processor at most: on a machine with thousands of processes they are fewer. */
const IDLE_FACTOR = 4;

/** A series of looks that begins anew whenever a job is launched. */
export class ScanSchedule implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  /** @param look looks at /proc, and says how long that took */
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
