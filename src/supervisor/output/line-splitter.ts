/** A longer line is passed on in pieces, so that a job cannot make the supervisor hold any amount of it. Docker cuts here too. */
export const LONGEST_LINE = 16 * 1024;

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines. */
export class LineSplitter {
  private unfinished: Buffer = Buffer.alloc(0);

  /** @param line called with each line, without its newline; the bytes are valid only during the call */
  constructor(private readonly line: (line: Buffer) => void) {}

  /** The beginning of a line whose end is still to come. */
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

  /** Whoever wrote has ended: a last line without newline is a line too. */
  end(): void {
    if (this.unfinished.length > 0) this.complete(Buffer.alloc(0));
  }

  private complete(end: Buffer): void {
    const rest = this.unfinished;
    this.unfinished = Buffer.alloc(0);
    this.line(rest.length === 0 ? end : Buffer.concat([rest, end]));
  }
}
