/**
 * JSON lines to one reader, who may be slow. What it does not take in time is counted, never kept, so that a reader that
 * has stopped reading cannot make the supervisor grow; when it reads again it is told how many entries it missed.
 */
import type { Writable } from 'node:stream';
import type { FeedEntry } from '../supervisor/api.js';

export class EventStream {
  private missed = 0;
  private blocked = false;

  constructor(
    private readonly output: Writable,
    /** the current time as ISO 8601, for the notice of missed entries */
    private readonly now: () => string,
  ) {
    output.on('drain', () => this.resume());
  }

  /** Writes one entry, or counts it when the reader is behind. */
  write(entry: unknown): void {
    if (this.blocked) {
      this.missed += 1;
      return;
    }
    // false: the line was taken, but the buffer is at its high-water mark; nothing more until it has drained
    this.blocked = !this.output.write(`${JSON.stringify(entry)}\n`);
  }

  private resume(): void {
    this.blocked = false;
    if (this.missed === 0) return;
    const notice: FeedEntry = { at: this.now(), type: 'missed', count: this.missed };
    this.missed = 0;
    this.write(notice);
  }
}
