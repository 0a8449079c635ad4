/**
 * Queues events for one reader that takes them at its own pace, with `for await`. Events beyond the capacity
 * are counted and dropped: the reader finds an `overflow` event in their place.
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
   * @param capacity maximum number of queued events
   * @param onEnd called when the reader leaves its loop
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

  /** Ends the queue; called by `break` in a `for await`. */
  return(): Promise<IteratorResult<ProcessEvent, undefined>> {
    this.end();
    this.onEnd();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the stream; queued events can still be read. */
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

  /**
   * Counts a lost event. All losses become one event at the end of the queue: nothing is queued behind it
   * until the reader has caught up.
   */
  #lose({ time }: ProcessEvent): void {
    const last = this.#lost > 0 ? this.#events.pop() : undefined;
    this.#lost += 1;
    this.#events.push({ type: 'overflow', time: last?.time ?? time, lost: this.#lost });
  }
}
