import {
  decodeEntry,
  decodeHeader,
  RECORD_SIZE,
  type IndexEntry,
} from '../../supervisor/output/log-index-format.js';

/** When the bytes of a log file came, from its index. Entries are decoded when they are asked for: there may be a million. */
export class LineTimes {
  static readonly none = new LineTimes(Buffer.alloc(0));

  private constructor(private readonly records: Buffer) {}

  /** @param inode of the log file; an index that belongs to another file is none */
  static parse(index: Buffer, inode: bigint | undefined): LineTimes {
    const owner = decodeHeader(index);
    if (owner === undefined || (inode !== undefined && owner !== inode)) return LineTimes.none;
    return new LineTimes(index.subarray(RECORD_SIZE));
  }

  get count(): number {
    return Math.floor(this.records.length / RECORD_SIZE);
  }

  /** The entry of this number, from 0. */
  at(number: number): IndexEntry | undefined {
    return number < this.count ? decodeEntry(this.records, number * RECORD_SIZE) : undefined;
  }

  /** The number of the first entry of this time or later. */
  firstSince(time: number): number {
    return this.first((entry) => entry.time >= time);
  }

  /** The number of the first entry that applies to this byte or a later one. */
  firstFrom(offset: number): number {
    return this.first((entry) => entry.offset >= offset);
  }

  /** By halves: entries are in the order of time and place. */
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
