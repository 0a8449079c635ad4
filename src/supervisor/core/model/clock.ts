/** Codecs for points in time: the clock of the program that reads them may have another origin. */
import { converted, milliseconds, type Codec } from '../../../codec/codec.js';
import type { Milliseconds } from '../contract.js';

export interface Clock {
  /** the time of saving, on the present clock */
  readonly clock: Milliseconds;
}

/**
 * Saves a past time as an age. The clock keeps running between two programs, so it is right when it is read.
 */
export const since: Codec<Milliseconds, Clock> = converted<Milliseconds, Milliseconds, Clock>(
  milliseconds,
  (moment, { clock }) => clock - moment,
  (age, { clock }) => clock - age,
);

/** Saves a future time as the time remaining. */
export const due: Codec<Milliseconds, Clock> = converted<Milliseconds, Milliseconds, Clock>(
  milliseconds,
  (moment, { clock }) => moment - clock,
  (remaining, { clock }) => clock + remaining,
);
