import {
  decodeEntry,
  decodeHeader,
  RECORD_SIZE,
  type IndexEntry,
} from '../../supervisor/output/log-index-format.js';

/**
 * The times at which the bytes of a log file were written, from its index. Entries are decoded on demand,
 * since there may be a million.
 */
export class LineTimes {
  static readonly none = new LineTimes(Buffer.alloc(0));

  private constructor(private readonly records: Buffer) {}

  /** @param inode of the log file; an index that belongs to another file is ignored */
  static parse(index: Buffer, inode: bigint | undefined): LineTimes {
    const owner = decodeHeader(index);
    if (owner === undefined || (inode !== undefined && owner !== inode)) return LineTimes.none;
    return new LineTimes(index.subarray(RECORD_SIZE));
  }

  get count(): number {
    return Math.floor(this.records.length / RECORD_SIZE);
  }

  /** Returns the entry with this number, from 0. */
  at(number: number): IndexEntry | undefined {
    return number < this.count ? decodeEntry(this.records, number * RECORD_SIZE) : undefined;
  }

  /** Returns the number of the first entry at or after this time. */
  firstSince(time: number): number {
    return this.first((entry) => entry.time >= time);
  }

  /** Returns the number of the first entry for this byte or a later one. */
  firstFrom(offset: number): number {
    return this.first((entry) => entry.offset >= offset);
  }

  /** Searches by bisection: entries are ordered by time and position. */
  private first(isBeyond: (entry: IndexEntry) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.at(middle);
      if (entry === undefined || isBeyond(entry)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
