/** Holds bytes that could not be written yet, up to a limit. Beyond it, bytes are dropped and counted. */
export class Backlog {
  private chunks: Buffer[] = [];
  private held = 0;
  private lost = 0;

  /** @param limit maximum number of bytes to hold */
  constructor(private readonly limit: number) {}

  get length(): number {
    return this.held;
  }

  /** Returns the bytes dropped since the last `takeLost`. */
  get dropped(): number {
    return this.lost;
  }

  /** Keeps a copy of the bytes: all or none of them, so that no line is cut. */
  push(bytes: Uint8Array): void {
    if (this.held + bytes.length > this.limit) {
      this.lost += bytes.length;
      return;
    }
    this.chunks.push(Buffer.from(bytes));
    this.held += bytes.length;
  }

  /** Returns everything as one buffer. It is kept until `remove` is called. */
  peek(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }

  /** Removes the first `count` bytes, which have been written. */
  remove(count: number): void {
    const rest = this.peek().subarray(count);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.held = rest.length;
  }

  /** Returns how many bytes were dropped since the last call. */
  takeLost(): number {
    const lost = this.lost;
    this.lost = 0;
    return lost;
  }
}
