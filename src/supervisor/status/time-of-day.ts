/** Converts the monotonic clock, which times everything, to the time of day that people read. */
import type { Timestamp } from '../api/job-status.js';
import type { Milliseconds } from '../core/contract.js';

/**
 * A smaller change of the offset does not mean that somebody set the clock: the two clocks are not read in the same
 * instant, and NTP makes them drift.
 */
const SET_BY: Milliseconds = 50;

/**
 * Prints a moment always as the same text, so that comparing the `since` of two answers shows whether anything has
 * changed. The text changes only if somebody sets the clock.
 */
export class TimeOfDay {
  #offset: Milliseconds | undefined;

  /**
   * @param monotonic the core's clock
   * @param realtime milliseconds since 1970; tests pass their own
   */
  constructor(
    private readonly monotonic: () => Milliseconds,
    private readonly realtime: () => number = Date.now,
  ) {}

  /** Returns the difference between the two clocks. */
  get offset(): Milliseconds {
    this.#offset ??= this.realtime() - this.monotonic();
    return this.#offset;
  }

  /** Keeps the previous offset after a re-exec, unless the clock has been set since. */
  restore(offset: Milliseconds): void {
    this.#offset = offset;
  }

  /** Formats a moment as ISO 8601 with milliseconds. */
  of(moment: Milliseconds): Timestamp {
    const offset = this.realtime() - this.monotonic();
    if (this.#offset === undefined || Math.abs(offset - this.#offset) > SET_BY) this.#offset = offset;
    return new Date(this.#offset + moment).toISOString();
  }
}
