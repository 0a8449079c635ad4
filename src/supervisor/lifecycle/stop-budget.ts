/** The time that a whole shutdown may take. */
import type { Milliseconds } from '../core/contract.js';

export class StopBudget {
  #end: Milliseconds;

  /** @param end when it ends, on the clock of `now` */
  constructor(
    private readonly now: () => Milliseconds,
    end: Milliseconds,
  ) {
    this.#end = end;
  }

  /** Returns when the budget ends. */
  get end(): Milliseconds {
    return this.#end;
  }

  get left(): Milliseconds {
    return Math.max(0, this.#end - this.now());
  }

  /** Reduces the remaining time. */
  cut(left: Milliseconds): void {
    this.#end = Math.min(this.#end, this.now() + left);
  }
}
