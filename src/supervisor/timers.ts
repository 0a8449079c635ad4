import type { Milliseconds, TimerId } from './core/contract.js';
import { setLongTimeout, type LongTimer } from '../time/long-timer.js';

/** Named one-shot timers on the supervisor's monotonic clock. Setting one that is set replaces it. */
export class Timers {
  readonly #set = new Map<TimerId, LongTimer>();

  /**
   * @param now the clock
   * @param fired called when a timer is due; the timer is no longer set by then
   */
  constructor(
    private readonly now: () => Milliseconds,
    private readonly fired: (id: TimerId) => void,
  ) {}

  set(id: TimerId, at: Milliseconds): void {
    this.clear(id);
    const timer = setLongTimeout(() => {
      this.#set.delete(id);
      if (this.now() < at) this.set(id, at);
      else this.fired(id);
    }, at - this.now());
    this.#set.set(id, timer);
  }

  clear(id: TimerId): void {
    this.#set.get(id)?.dispose();
    this.#set.delete(id);
  }

  clearAll(): void {
    for (const id of [...this.#set.keys()]) this.clear(id);
  }
}
