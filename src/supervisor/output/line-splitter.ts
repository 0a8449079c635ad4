/** A longer line is passed on in pieces, so that a job cannot make the supervisor hold any amount of it. Docker cuts here too. */
const LONGEST_LINE = 16 * 1024;

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines. */
export class LineSplitter {
  private rest: Buffer = Buffer.alloc(0);

  /** @param line called with each line, without its newline; the bytes are valid only during the call */
  constructor(private readonly line: (line: Buffer) => void) {}

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.complete(bytes.subarray(from, end));
      from = end + 1;
    }
    if (from < bytes.length) this.rest = Buffer.concat([this.rest, bytes.subarray(from)]);
    while (this.rest.length > LONGEST_LINE) {
      this.line(this.rest.subarray(0, LONGEST_LINE));
      this.rest = this.rest.subarray(LONGEST_LINE);
    }
  }

  /** Whoever wrote has ended: a last line without newline is a line too. */
  end(): void {
    if (this.rest.length > 0) this.complete(Buffer.alloc(0));
  }

  private complete(end: Buffer): void {
    const { rest } = this;
    this.rest = Buffer.alloc(0);
    this.line(rest.length === 0 ? end : Buffer.concat([rest, end]));
  }
}
