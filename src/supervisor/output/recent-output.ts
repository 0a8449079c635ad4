/** Enough for the report of a failed start. */
export const SAVED_BYTES = 16 * 1024;

/** Small pieces are joined when there are more than this. */
const MAX_PIECES = 64;

/**
 * The last bytes that a job wrote, for the report of a failed start. They are kept even if the log file cannot be
 * written.
 */
export class RecentOutput {
  private pieces: Buffer[] = [];
  private size = 0;

  append(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.subarray(Math.max(0, bytes.length - SAVED_BYTES)));
    this.pieces.push(piece);
    this.size += piece.length;
    while (this.size - this.pieces[0]!.length >= SAVED_BYTES) this.size -= this.pieces.shift()!.length;
    if (this.pieces.length > MAX_PIECES) this.joinPieces();
  }

  /** Returns the last lines, oldest first. An unfinished last line counts. */
  lines(count: number): readonly string[] {
    const text = Buffer.concat(this.pieces).subarray(-SAVED_BYTES).toString('utf8');
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(Math.max(0, lines.length - count));
  }

  /** Forgets everything: what follows belongs to another run. */
  clear(): void {
    this.pieces = [];
    this.size = 0;
  }

  private joinPieces(): void {
    // a copy, so that the memory of dropped bytes is freed
    const joined = Buffer.from(Buffer.concat(this.pieces).subarray(-SAVED_BYTES));
    this.pieces = [joined];
    this.size = joined.length;
  }
}
