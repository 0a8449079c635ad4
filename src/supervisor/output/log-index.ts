import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import {
  decodeEntry,
  decodeHeader,
  encodeEntry,
  encodeHeader,
  RECORD_SIZE,
  type IndexEntry,
} from './log-index-format.js';

const OPEN_FLAGS =
  constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const MODE = 0o640;
/** Everybody may enter it: it may be the run directory itself that is created here, after somebody has removed it. */
const DIRECTORY_MODE = 0o755;

/**
 * Bytes within this many milliseconds share an entry, so that a flood of lines has at most a hundred entries per
 * second.
 */
const RESOLUTION = 10;

/** Entries that are buffered, and lost if foster is killed. */
const MAX_PENDING = 256;

/**
 * Writes the index of one log file. If foster is killed, the last second of entries is missing, and those lines get
 * the time of the entry before.
 */
export class LogIndex {
  private readonly pending = Buffer.alloc(MAX_PENDING * RECORD_SIZE);
  private count = 0;
  private lastTime = -Infinity;
  private position: number;

  private constructor(
    private readonly fd: number,
    private readonly inode: bigint,
    size: number,
  ) {
    this.position = size;
  }

  /**
   * Opens the index of a log file, or starts a new one if there is none for this inode. Creates its directory.
   * @param inode of the log file, like `size`
   * @throws the errors of mkdir(2), open(2) and write(2)
   */
  static open(path: string, inode: bigint, size: number): LogIndex | undefined {
    mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
    const fd = openSync(path, OPEN_FLAGS, MODE);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) {
        closeSync(fd);
        return undefined;
      }
      const index = new LogIndex(fd, inode, stats.size - (stats.size % RECORD_SIZE));
      if (!index.belongs(size)) index.restart();
      return index;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Tests whether entries wait to be written. */
  get isDirty(): boolean {
    return this.count > 0;
  }

  /** Records that bytes were written to the log at this offset. @throws the errors of write(2) */
  moved(offset: number, time: number): void {
    if (time - this.lastTime < RESOLUTION && time >= this.lastTime) return;
    this.lastTime = time;
    this.add({ kind: 'bytes', offset, time });
  }

  /** @throws the errors of write(2) */
  add(entry: IndexEntry): void {
    encodeEntry(entry, this.pending, this.count * RECORD_SIZE);
    this.count += 1;
    if (this.count === MAX_PENDING) this.flush();
  }

  /** Starts anew, since the log file has been emptied. @throws the errors of write(2) */
  restart(): void {
    this.count = 0;
    this.lastTime = -Infinity;
    ftruncateSync(this.fd);
    this.position = writeSync(this.fd, encodeHeader(this.inode), 0, RECORD_SIZE, 0);
  }

  /** @throws the errors of write(2) */
  flush(): void {
    const length = this.count * RECORD_SIZE;
    if (length === 0) return;
    this.count = 0;
    this.position += writeSync(this.fd, this.pending, 0, length, this.position);
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Returns whether it is the index of this log file, and refers to no bytes beyond its end. */
  private belongs(size: number): boolean {
    if (this.position < RECORD_SIZE) return false;
    const record = Buffer.alloc(RECORD_SIZE);
    readSync(this.fd, record, 0, RECORD_SIZE, 0);
    if (decodeHeader(record) !== this.inode) return false;
    if (this.position === RECORD_SIZE) return true;
    readSync(this.fd, record, 0, RECORD_SIZE, this.position - RECORD_SIZE);
    return (decodeEntry(record, 0)?.offset ?? 0) <= size;
  }
}
