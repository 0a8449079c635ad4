/** Moments in what is saved: the clock of the program that reads them may begin elsewhere. */
import { converted, milliseconds, type Codec } from '../../../codec/codec.js';
import type { Milliseconds } from '../contract.js';

export interface Clock {
  /** when it was saved, by the present clock */
  readonly clock: Milliseconds;
}

/** A moment in the past, as how long ago it was. The clock runs on between two programs, so it is right once it is read. */
export const since: Codec<Milliseconds, Clock> = converted<Milliseconds, Milliseconds, Clock>(
  milliseconds,
  (moment, { clock }) => clock - moment,
  (age, { clock }) => clock - age,
);

/** A moment in the future, as in how long it comes. */
export const due: Codec<Milliseconds, Clock> = converted<Milliseconds, Milliseconds, Clock>(
  milliseconds,
  (moment, { clock }) => moment - clock,
  (remaining, { clock }) => clock + remaining,
);
