/**
 * Queues reaped children until the tracker processes them.
 *
 * One exit alone is processed at once. In a storm (a shell script whose orphans PID 1 reaps by the thousand),
 * exits of non-main processes are batched: each drain of the kernel's queue, and each look at /proc, costs
 * more than the exit itself.
 */
import type { WaitStatus } from '../kernel/kernel.js';
import type { Nanoseconds } from './events.js';

/** A child that the supervisor has reaped. */
export interface ReapedChild {
  readonly pid: number;
  readonly status: WaitStatus;
}

/**
 * Number of exits above the normal rate that counts as a storm: a service with this many workers may stop at
 * once.
 */
const STORM_SIZE = 16;

/**
 * Exits per nanosecond on a quiet machine. Processing 400 a second one by one takes a twentieth of a
 * processor.
 */
const NORMAL_RATE = 400 / 1e9;

/** Caps the level, so that a storm counts for at most 40 ms after its last exit. */
const MAX_LEVEL = 2 * STORM_SIZE;

/**
 * How long an exit waits in a storm. The source pauses for the same time between reads
 * (netlink/paced-reader.ts).
 */
const BATCH_DELAY: Nanoseconds = 5e6;

/**
 * After a slow batch, pause three times as long as it took, so that exits use at most a quarter of the
 * processor. With 10,000 processes a batch is slow.
 */
const IDLE_FACTOR = 3;
const SLOW_BATCH: Nanoseconds = 2e6;

export class ReapedChildren {
  #waiting: (ReapedChild & { readonly at: Nanoseconds })[] = [];
  /** recent exits, minus those that a quiet machine would have had in the same time */
  #level = 0;
  #notedAt: Nanoseconds = 0;
  #restUntil: Nanoseconds = 0;

  note(deaths: readonly ReapedChild[], now: Nanoseconds): void {
    for (const { pid, status } of deaths) this.#waiting.push({ pid, status, at: now });
    const passed = (now - this.#notedAt) * NORMAL_RATE;
    this.#level = Math.min(MAX_LEVEL, Math.max(0, this.#level - passed) + deaths.length);
    this.#notedAt = now;
  }

  /** Returns how long exits of non-main processes should wait for more; 0 means not at all. */
  delay(now: Nanoseconds): Nanoseconds {
    return Math.max(this.#level > STORM_SIZE ? BATCH_DELAY : 0, this.#restUntil - now);
  }

  /** Returns all exits noted since the last call, with the time of reaping. */
  take(): readonly (ReapedChild & { readonly at: Nanoseconds })[] {
    const waiting = this.#waiting;
    if (waiting.length > 0) this.#waiting = [];
    return waiting;
  }

  /** Records how long a batch took, from `began` to `now`. */
  recordDuration(began: Nanoseconds, now: Nanoseconds): void {
    const cost = now - began;
    if (cost > SLOW_BATCH) this.#restUntil = now + cost * IDLE_FACTOR;
  }
}
