/** Bytes that could not be written yet, up to a bound; what comes after that is dropped and counted. */
export class Backlog {
  private chunks: Buffer[] = [];
  private held = 0;
  private lost = 0;

  /** @param limit bytes that are held at most */
  constructor(private readonly limit: number) {}

  get length(): number {
    return this.held;
  }

  /** bytes dropped since the last `takeLost` */
  get dropped(): number {
    return this.lost;
  }

  /** Keeps a copy of the bytes, whole or not at all, so that no half line is kept. */
  push(bytes: Uint8Array): void {
    if (this.held + bytes.length > this.limit) {
      this.lost += bytes.length;
      return;
    }
    this.chunks.push(Buffer.from(bytes));
    this.held += bytes.length;
  }

  /** Everything held, as one buffer; it stays held until `remove`d. */
  peek(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }

  /** The first `count` bytes have been written. */
  remove(count: number): void {
    const rest = this.peek().subarray(count);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.held = rest.length;
  }

  /** How many bytes were dropped; counting starts anew. */
  takeLost(): number {
    const lost = this.lost;
    this.lost = 0;
    return lost;
  }
}
