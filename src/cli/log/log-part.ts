/** One file of a log, current or rotated, opened together with its index. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { nodeErrorCode } from '../../kernel/errno.js';
import { openRegularFile, readDescriptor, readRegularFile } from '../../kernel/files/read-file.js';
import { indexPath } from '../../supervisor/output/log-index-format.js';
import { withoutEnding } from '../../supervisor/output/rotation.js';
import { LineTimes } from './line-times.js';

/** The largest compressed file, and the largest contents, that are read: a larger log needs other tools. */
const LARGEST = 2 ** 30;
/** Enough for a gigabyte of log in which each line has a time. */
const LARGEST_INDEX = 2 ** 28;

export class LogPart {
  private constructor(
    readonly path: string,
    private readonly index: string,
    private readonly source: number | Buffer,
    readonly inode: bigint,
    /** time of the last write, milliseconds since 1970 */
    readonly modified: number,
    public times: LineTimes,
  ) {}

  /**
   * Opens a file. It stays the same file when the log is rotated.
   * @param indexes directory of the logs' indexes
   * @returns undefined when it has been rotated away
   * @throws SystemError when it cannot be read, or is no regular file
   */
  static open(path: string, indexes: string): LogPart | undefined {
    let fd: number;
    try {
      fd = openRegularFile(path);
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    const { ino, mtimeMs } = fstatSync(fd, { bigint: true });
    const isCompressed = path !== withoutEnding(path);
    const source = isCompressed ? unpacked(fd, path) : fd;
    // a compressed file does not have the inode of its original
    const index = indexPath(indexes, withoutEnding(path));
    const times = readTimes(index, isCompressed ? undefined : ino);
    return new LogPart(path, index, source, ino, Number(mtimeMs), times);
  }

  /** Returns the current size in bytes. */
  size(): number {
    return typeof this.source === 'number' ? fstatSync(this.source).size : this.source.length;
  }

  /** Reads bytes. @returns how many; 0 at the end */
  read(into: Buffer, position: number): number {
    if (typeof this.source === 'number') return readSync(this.source, into, 0, into.length, position);
    return this.source.copy(into, 0, position, position + into.length);
  }

  /** Reads the index again, since it has grown. */
  refreshTimes(): void {
    this.times = readTimes(this.index, this.inode);
  }

  close(): void {
    if (typeof this.source === 'number') closeSync(this.source);
  }
}

function unpacked(fd: number, path: string): Buffer {
  try {
    return gunzipSync(readDescriptor(fd, path, { limit: LARGEST }), { maxOutputLength: LARGEST });
  } finally {
    closeSync(fd);
  }
}

function readTimes(path: string, inode: bigint | undefined): LineTimes {
  try {
    return LineTimes.parse(readRegularFile(path, { limit: LARGEST_INDEX }), inode);
  } catch (error) {
    // there is no readable index: the lines have no times
    if (nodeErrorCode(error) === undefined && !(error instanceof Error && 'errno' in error)) throw error;
    return LineTimes.none;
  }
}
