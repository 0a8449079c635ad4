/**
 * Events for one reader who takes them when it likes, by `for await`. What it does not take in time is counted, never kept:
 * it finds an `overflow` event in the place where they would have been.
 */
import type { ProcessEvent } from '../events.js';

type Waiting = (result: IteratorResult<ProcessEvent, undefined>) => void;

export class EventQueue implements AsyncIterableIterator<ProcessEvent> {
  #events: ProcessEvent[] = [];
  #next = 0;
  #lost = 0;
  #waiting: Waiting[] = [];
  #ended = false;

  /**
   * @param capacity events that may wait
   * @param onEnd the reader has left its loop
   */
  constructor(
    private readonly capacity: number,
    private readonly onEnd: () => void,
  ) {}

  push(event: ProcessEvent): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ done: false, value: event });
    else if (this.#lost > 0 || this.#events.length - this.#next >= this.capacity) this.#lose(event);
    else this.#events.push(event);
  }

  next(): Promise<IteratorResult<ProcessEvent, undefined>> {
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What `break` in a `for await` calls. */
  return(): Promise<IteratorResult<ProcessEvent, undefined>> {
    this.end();
    this.onEnd();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** No more will come; what waits can still be taken. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): ProcessEvent | undefined {
    const event = this.#events[this.#next];
    if (event === undefined) return undefined;
    this.#next += 1;
    if (this.#next === this.#events.length) {
      this.#events = [];
      this.#next = 0;
      this.#lost = 0;
    }
    return event;
  }

  /** All losses are one event at the end of what waits: nothing is queued behind it before the reader has caught up. */
  #lose({ time }: ProcessEvent): void {
    const last = this.#lost > 0 ? this.#events.pop() : undefined;
    this.#lost += 1;
    this.#events.push({ type: 'overflow', time: last?.time ?? time, lost: this.#lost });
  }
}
