/** Opens log files. */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { errorCode } from '../../kernel/errno.js';

/**
 * See Upstart section 7. O_NOFOLLOW, since a job's user may be able to write to the log directory. No O_APPEND, which
 * splice(2) refuses: foster writes at the end of the file by position. Readable, to see whether it ends in a newline.
 */
const OPEN_FLAGS =
  constants.O_RDWR |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NOCTTY |
  // a FIFO in the place of the file must not block foster
  constants.O_NONBLOCK;

/** For append-only files (chattr +a) and devices. */
const APPEND_FLAGS = (OPEN_FLAGS & ~constants.O_RDWR) | constants.O_WRONLY | constants.O_APPEND;
const MODE = 0o640;

export const NEWLINE = 0x0a;

export class NotAFile extends Error {
  readonly code = 'ENXIO';
}

interface Opened {
  readonly fd: number;
  readonly stats: BigIntStats;
  /** opened with O_APPEND */
  readonly appends: boolean;
}

export function openForWriting(path: string): Opened {
  try {
    const fd = openSync(path, OPEN_FLAGS, MODE);
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFIFO()) return { fd, stats, appends: false };
    // opened for reading and writing, a FIFO would always seem to have a reader
    closeSync(fd);
  } catch (error) {
    // an append-only file, or one that may not be read
    if (!['EPERM', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
  }
  const fd = openSync(path, APPEND_FLAGS, MODE);
  return { fd, stats: fstatSync(fd, { bigint: true }), appends: true };
}

export function endsInNewline(fd: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
}
