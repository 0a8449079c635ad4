import type { Milliseconds, TimerId } from './core/contract.js';

/** The longest delay that a Node timer takes; a later one is set anew when this is over. */
const LONGEST: Milliseconds = 2 ** 31 - 1;

/** Named one-shot timers on the supervisor's monotonic clock. Setting one that is set replaces it. */
export class Timers {
  readonly #set = new Map<TimerId, NodeJS.Timeout>();

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
    // rounded up: a timer may not be early, or the core would be asked twice
    const delay = Math.min(LONGEST, Math.max(0, Math.ceil(at - this.now())));
    this.#set.set(
      id,
      setTimeout(() => {
        this.#set.delete(id);
        if (this.now() < at) this.set(id, at);
        else this.fired(id);
      }, delay),
    );
  }

  clear(id: TimerId): void {
    clearTimeout(this.#set.get(id));
    this.#set.delete(id);
  }

  clearAll(): void {
    for (const id of [...this.#set.keys()]) this.clear(id);
  }
}
