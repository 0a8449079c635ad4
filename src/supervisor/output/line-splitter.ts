import type { Disposable } from '../../kernel/kernel.js';

/**
 * Longer lines are passed on in pieces, so that a job cannot make foster buffer an unlimited line. Docker cuts at the
 * same length.
 */
export const LONGEST_LINE = 16 * 1024;

const NEWLINE = 0x0a;

/** A subscription to the lines of a job. */
export interface LineFeed extends Disposable {
  /** Leaves further output in the pipe, which blocks the job once the pipe is full. */
  pause(): void;
  resume(): void;
}

/** Returns one subscription for all of them; undefined if there is none. */
export function combinedFeed(feeds: readonly LineFeed[]): LineFeed | undefined {
  if (feeds.length <= 1) return feeds[0];
  const all = (act: (feed: LineFeed) => void) => (): void => feeds.forEach(act);
  return {
    pause: all((feed) => feed.pause()),
    resume: all((feed) => feed.resume()),
    dispose: all((feed) => feed.dispose()),
  };
}

/** Cuts a stream of bytes into lines. */
export class LineSplitter {
  private unfinished: Buffer = Buffer.alloc(0);

  /** @param line called with each line, without its newline; the bytes are valid only during the call */
  constructor(private readonly line: (line: Buffer) => void) {}

  /** Returns the beginning of a line whose end has not come yet. */
  get rest(): Buffer {
    return this.unfinished;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.complete(bytes.subarray(from, end));
      from = end + 1;
    }
    if (from < bytes.length) this.unfinished = Buffer.concat([this.unfinished, bytes.subarray(from)]);
    while (this.unfinished.length > LONGEST_LINE) {
      this.line(this.unfinished.subarray(0, LONGEST_LINE));
      this.unfinished = this.unfinished.subarray(LONGEST_LINE);
    }
  }

  /** Ends the last line, if it has no newline. */
  end(): void {
    if (this.unfinished.length > 0) this.complete(Buffer.alloc(0));
  }

  private complete(end: Buffer): void {
    const rest = this.unfinished;
    this.unfinished = Buffer.alloc(0);
    this.line(rest.length === 0 ? end : Buffer.concat([rest, end]));
  }
}
