/**
 * JSON lines to one reader, who may be slow. What it does not take in time is counted, never kept, so that a reader that
 * has stopped reading cannot make the supervisor grow; when it reads again it is told how many entries it missed, in the
 * place where they would have been.
 */
import type { FeedEntry } from '../../supervisor/api/feed.js';

/**
 * Bytes that may wait for a reader. A batch of the proc connector alone makes 100 KiB, and a storm on two cores 3 MB a
 * second: this is what a reader may be behind by, a second or so, before it is slow.
 */
export const BEHIND = 4 * 1024 * 1024;

/**
 * After a write, what comes within this time is written together: a write wakes the reader, and costs ten times what an entry
 * does. The first entry after a silence is written at once.
 */
const TOGETHER_MS = 5;

/** Where the lines go. */
export interface StreamOutput {
  write(text: string): unknown;
  /** bytes that were written and not taken yet */
  readonly writableLength: number;
  /** 'drain': all of it has been taken */
  on(event: 'drain', callback: () => void): unknown;
}

export class EventStream {
  /** not written yet */
  private lines: string[] = [];
  /** bytes of them, more or less: a character may take several */
  private size = 0;
  private missed = 0;
  /** runs while something has just been written */
  private pause: NodeJS.Timeout | undefined;

  constructor(
    private readonly output: StreamOutput,
    /** the current time as ISO 8601, for the notice of missed entries */
    private readonly now: () => string,
    /** bytes that this reader may be behind by; it may change, since all readers share what there is */
    private readonly limit = (): number => BEHIND,
  ) {
    output.on('drain', () => this.resume());
  }

  /** Writes one entry, or counts it when the reader is behind. */
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

  /** Nobody reads any more. */
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

  /** Everything that was kept has been taken. */
  private resume(): void {
    if (this.missed === 0) return;
    const notice: FeedEntry = { at: this.now(), type: 'missed', count: this.missed };
    this.missed = 0;
    this.write(notice);
  }
}
