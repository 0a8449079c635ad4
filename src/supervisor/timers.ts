import type { Milliseconds, TimerId } from './core/contract.js';
import { Histogram } from './histogram.js';
import type { Effects, Part } from './engine/part.js';
import { setLongTimeout, type LongTimer } from '../long-timer.js';

/**
 * A timer that fires this late was delayed: foster was stopped, or the machine is busy. Node runs timers before it
 * polls descriptors, so an event that came in time (a hand-off, a watchdog notice) may still be unread. Such a timer
 * fires only after pending events have been read.
 */
const LATE: Milliseconds = 50;

/** Seconds. Node's timers are exact to a millisecond or two; a user may notice a delay above a tenth. */
const LATENESS_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] as const;

/** Named one-shot timers on the supervisor's monotonic clock. Setting one that is set replaces it. */
export class Timers implements Part {
  readonly #set = new Map<TimerId, Pick<LongTimer, 'dispose'>>();
  /**
   * How late timers were, in seconds. It measures how long the event loop was blocked, without an additional
   * timer.
   */
  readonly lateness = new Histogram(LATENESS_BUCKETS);

  /**
   * @param now the clock
   * @param fired called when a timer is due, after it has been removed
   */
  constructor(
    private readonly now: () => Milliseconds,
    private readonly fired: (id: TimerId) => void,
  ) {}

  readonly effects = {
    'set-timer': { act: ({ timer, at }) => this.set(timer, at) },
    'clear-timer': { act: ({ timer }) => this.clear(timer) },
  } satisfies Effects<'set-timer' | 'clear-timer'>;

  set(id: TimerId, at: Milliseconds): void {
    this.clear(id);
    const timer = setLongTimeout(() => {
      const late = this.now() - at;
      if (late < 0) return this.set(id, at);
      this.lateness.observe(late / 1000);
      if (late < LATE) this.#fire(id);
      else this.#fireAfterReading(id);
    }, at - this.now());
    this.#set.set(id, timer);
  }

  /** Fires in an immediate, which runs after Node has polled all descriptors. */
  #fireAfterReading(id: TimerId): void {
    const immediate = setImmediate(() => this.#fire(id));
    this.#set.set(id, { dispose: () => clearImmediate(immediate) });
  }

  #fire(id: TimerId): void {
    this.#set.delete(id);
    this.fired(id);
  }

  clear(id: TimerId): void {
    this.#set.get(id)?.dispose();
    this.#set.delete(id);
  }

  close(): void {
    for (const id of [...this.#set.keys()]) this.clear(id);
  }
}
