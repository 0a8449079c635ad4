/** As much as a person reads after a failed start. */
export const SAVED_BYTES = 16 * 1024;

/** Small writes are put together before there are too many pieces. */
const MANY_PIECES = 64;

/** The last bytes that a job wrote, whatever became of its log file: for the report of a failed start, and `foster log`. */
export class RecentOutput {
  private pieces: Buffer[] = [];
  private size = 0;

  append(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.subarray(Math.max(0, bytes.length - SAVED_BYTES)));
    this.pieces.push(piece);
    this.size += piece.length;
    while (this.size - this.pieces[0]!.length >= SAVED_BYTES) this.size -= this.pieces.shift()!.length;
    if (this.pieces.length > MANY_PIECES) this.joinPieces();
  }

  /** The last lines, oldest first; a line without newline at the end counts. */
  lines(count: number): readonly string[] {
    const text = Buffer.concat(this.pieces).subarray(-SAVED_BYTES).toString('utf8');
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(Math.max(0, lines.length - count));
  }

  /** What comes from now on belongs to another run. */
  clear(): void {
    this.pieces = [];
    this.size = 0;
  }

  private joinPieces(): void {
    // a copy, so that what has been cut off is not held any longer
    const joined = Buffer.from(Buffer.concat(this.pieces).subarray(-SAVED_BYTES));
    this.pieces = [joined];
    this.size = joined.length;
  }
}
