/**
 * Deaths that the tracker has not been told of yet. One alone is dealt with at once. In a storm (a shell script whose
 * orphans PID 1 adopts by the thousand) those that nobody waits for are dealt with together: each look at what the kernel
 * has queued, and at /proc, costs more than the death does.
 */
import type { WaitStatus } from '../kernel/kernel.js';
import type { Nanoseconds } from './events.js';

/** A child that the supervisor has reaped. */
export interface ReapedChild {
  readonly pid: number;
  readonly status: WaitStatus;
}

/** How many deaths beyond what a quiet machine has are a storm: a service with that many workers may end at once. */
const STORM_SIZE = 16;

/** What a quiet machine has: dealt with one by one, as many in a second take a twentieth of a processor. */
const NORMAL_RATE = 400 / 1e9;

/** A storm counts as long as this many deaths beyond the quiet ones take to pass: 40 ms. */
const MAX_LEVEL = 2 * STORM_SIZE;

/** How long a death waits in a storm. The source pauses as long between readings (netlink/paced-reader.ts). */
const BATCH_DELAY: Nanoseconds = 5e6;

/** Dealing with deaths may take a quarter of the processor where it takes long: with 10,000 processes it does. */
const IDLE_FACTOR = 3;
const SLOW_BATCH: Nanoseconds = 2e6;

export class ReapedChildren {
  #waiting: (ReapedChild & { readonly at: Nanoseconds })[] = [];
  /** deaths of late, less those that a quiet machine would have had since */
  #level = 0;
  #notedAt: Nanoseconds = 0;
  #restUntil: Nanoseconds = 0;

  note(deaths: readonly ReapedChild[], now: Nanoseconds): void {
    for (const { pid, status } of deaths) this.#waiting.push({ pid, status, at: now });
    const passed = (now - this.#notedAt) * NORMAL_RATE;
    this.#level = Math.min(MAX_LEVEL, Math.max(0, this.#level - passed) + deaths.length);
    this.#notedAt = now;
  }

  /** How long those that nobody waits for had better wait for others; 0 for not at all. */
  delay(now: Nanoseconds): Nanoseconds {
    return Math.max(this.#level > STORM_SIZE ? BATCH_DELAY : 0, this.#restUntil - now);
  }

  /** All that have been noted since the last call, with the time of the reaping. */
  take(): readonly (ReapedChild & { readonly at: Nanoseconds })[] {
    const waiting = this.#waiting;
    if (waiting.length > 0) this.#waiting = [];
    return waiting;
  }

  /** Dealing with deaths has taken from then until now. */
  recordDuration(began: Nanoseconds, now: Nanoseconds): void {
    const cost = now - began;
    if (cost > SLOW_BATCH) this.#restUntil = now + cost * IDLE_FACTOR;
  }
}
