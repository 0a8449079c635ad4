/** The time that a shutdown may take as a whole. */
import type { Milliseconds } from '../core/contract.js';

export class StopBudget {
  #end: Milliseconds;

  /** @param end when it is over, on the clock of `now` */
  constructor(
    private readonly now: () => Milliseconds,
    end: Milliseconds,
  ) {
    this.#end = end;
  }

  /** When it is over. */
  get end(): Milliseconds {
    return this.#end;
  }

  get left(): Milliseconds {
    return Math.max(0, this.#end - this.now());
  }

  /** From now on at most this much is left. */
  cut(left: Milliseconds): void {
    this.#end = Math.min(this.#end, this.now() + left);
  }
}
