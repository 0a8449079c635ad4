import type { FeedEntry } from '../supervisor/api/feed.js';

/** Connects a stream that delivers lines at any time to a loop that takes entries at its own pace. */
export class EntryQueue implements AsyncIterable<FeedEntry> {
  #lines: readonly string[] = [];
  #ended = false;
  #error: { readonly cause: unknown } | undefined;
  /** the loop waits */
  #wake: () => void = () => undefined;
  /** the stream waits */
  #taken: () => void = () => undefined;

  /** @returns resolved when all of them have been taken; only then may more follow */
  put(lines: readonly string[]): Promise<void> {
    this.#lines = lines;
    this.#wake();
    return new Promise((resolve) => (this.#taken = resolve));
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Makes the loop throw, after it has taken what came before. */
  fail(cause: unknown): void {
    this.#error = { cause };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FeedEntry, void, void> {
    for (;;) {
      const lines = this.#lines;
      this.#lines = [];
      for (const line of lines) yield JSON.parse(line) as FeedEntry;
      if (lines.length > 0) this.#taken();
      else if (this.#error !== undefined) throw this.#error.cause;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
