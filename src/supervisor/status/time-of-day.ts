/** From the monotonic clock, by which everything is timed, to the time of day that people read. */
import type { Timestamp } from '../api.js';
import type { Milliseconds } from '../core/contract.js';

/** The two clocks are not read in the same instant, and NTP makes them drift: less than this is no setting of the clock. */
const SET_BY: Milliseconds = 50;

/**
 * Gives one moment the same text whenever it is asked for, so that whoever compares the `since` of two answers sees whether
 * anything has changed. Only when somebody sets the clock is the text another one.
 */
export class TimeOfDay {
  #offset: Milliseconds | undefined;

  /**
   * @param monotonic the core's clock
   * @param realtime milliseconds since 1970; a parameter for tests
   */
  constructor(
    private readonly monotonic: () => Milliseconds,
    private readonly realtime: () => number = Date.now,
  ) {}

  /** Between the two clocks. */
  get offset(): Milliseconds {
    this.#offset ??= this.realtime() - this.monotonic();
    return this.#offset;
  }

  /** After a re-exec: goes on with the offset of the program before, unless somebody has set the clock since. */
  restore(offset: Milliseconds): void {
    this.#offset = offset;
  }

  /** ISO 8601 with milliseconds. */
  of(moment: Milliseconds): Timestamp {
    const offset = this.realtime() - this.monotonic();
    if (this.#offset === undefined || Math.abs(offset - this.#offset) > SET_BY) this.#offset = offset;
    return new Date(this.#offset + moment).toISOString();
  }
}
