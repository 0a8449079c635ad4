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
/** It may be the run directory that is made here, after somebody has removed it: everybody may enter that. */
const DIRECTORY_MODE = 0o755;

/** Milliseconds within which bytes share a time: a flood of lines has a hundred entries a second. */
const RESOLUTION = 10;

/** Entries that are kept before they are written: at most so many are lost when foster is killed. */
const KEPT_ENTRIES = 256;

/**
 * Writes the index of one log file. It must never harm the log: what cannot be written is left out. After a kill -9 the
 * last second of entries is missing, and the lines of that time have the time of the one before.
 */
export class LogIndex {
  private readonly pending = Buffer.alloc(KEPT_ENTRIES * RECORD_SIZE);
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
   * Opens the index of a log file, or begins a new one where there is none of this very file. Makes its directory.
   * @param inode and size of the log file
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

  /** There is something to write. */
  get isDirty(): boolean {
    return this.count > 0;
  }

  /** Bytes have come to the log at this place. @throws the errors of write(2) */
  moved(offset: number, time: number): void {
    if (time - this.lastTime < RESOLUTION && time >= this.lastTime) return;
    this.lastTime = time;
    this.add({ kind: 'bytes', offset, time });
  }

  /** @throws the errors of write(2) */
  add(entry: IndexEntry): void {
    encodeEntry(entry, this.pending, this.count * RECORD_SIZE);
    this.count += 1;
    if (this.count === KEPT_ENTRIES) this.flush();
  }

  /** The log file has been emptied: nothing of what was said of it holds any more. @throws the errors of write(2) */
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

  /** Whether it is the index of this log file, and says nothing of bytes that are not there. */
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
