/**
 * Sends JSON lines to one reader, who may be slow. Lines beyond the limit are counted and dropped, so that a
 * stopped reader cannot make the supervisor grow. When it reads again, it gets the number of missed entries
 * in their place.
 */
import type { FeedEntry } from '../../supervisor/api/feed.js';

/**
 * Maximum backlog in bytes. One batch of the proc connector makes 100 KiB, and a storm on two cores 3 MB a
 * second: a reader may be about a second behind.
 */
export const BEHIND = 4 * 1024 * 1024;

/**
 * Entries within this time after a write are written together: a write wakes the reader, and costs ten times
 * as much as an entry. The first entry after a pause is written at once.
 */
const TOGETHER_MS = 5;

/** Where the lines are written. */
interface StreamOutput {
  write(text: string): unknown;
  /** bytes written but not yet read */
  readonly writableLength: number;
  /** 'drain': everything has been read */
  on(event: 'drain', callback: () => void): unknown;
}

export class EventStream {
  /** not written yet */
  private lines: string[] = [];
  /** their approximate size in bytes: a character may take several */
  private size = 0;
  private missed = 0;
  /** runs for a moment after each write */
  private pause: NodeJS.Timeout | undefined;

  constructor(
    private readonly output: StreamOutput,
    /** the current time as ISO 8601, for the notice of missed entries */
    private readonly now: () => string,
    /** maximum backlog of this reader; it may change, because all readers share a total */
    private readonly limit = (): number => BEHIND,
  ) {
    output.on('drain', () => this.resume());
  }

  /** Writes one entry, or counts it if the reader is behind. */
  write(entry: unknown): void {
    if (this.missed > 0 || this.output.writableLength + this.size > this.limit()) {
      this.missed += 1;
      return;
    }
    const line = `${JSON.stringify(entry)}\n`;
    if (this.lines.length === 0 && this.pause === undefined) queueMicrotask(() => this.flush());
    this.lines.push(line);
    this.size += line.length;
  }

  /** Stops, because the reader is gone. */
  close(): void {
    clearTimeout(this.pause);
    this.lines = [];
  }

  private flush(): void {
    this.pause = undefined;
    if (this.lines.length === 0) return;
    this.pause = setTimeout(() => this.flush(), TOGETHER_MS);
    const text = this.lines.join('');
    this.lines = [];
    this.size = 0;
    this.output.write(text);
  }

  /** Resumes after the reader has caught up. */
  private resume(): void {
    if (this.missed === 0) return;
    const notice: FeedEntry = { at: this.now(), type: 'missed', count: this.missed };
    this.missed = 0;
    this.write(notice);
  }
}
