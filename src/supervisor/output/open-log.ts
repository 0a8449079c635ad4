/** How a log file is opened. */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';

/**
 * Upstart section 7. Not followed through a symbolic link: a job's user may be able to write in the log directory. Without
 * O_APPEND, which splice(2) refuses: each write has its place, the end of the file at that moment. Readable, to see whether
 * it ends in a newline.
 */
const OPEN_FLAGS =
  constants.O_RDWR |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NOCTTY |
  // a FIFO in the place of the file must not hold up the supervisor
  constants.O_NONBLOCK;

/** For a file that may only grow (chattr +a), and for devices: written by write(2). */
const APPEND_FLAGS = (OPEN_FLAGS & ~constants.O_RDWR) | constants.O_WRONLY | constants.O_APPEND;
const MODE = 0o640;

export const NEWLINE = 0x0a;

export class NotAFile extends Error {
  readonly code = 'ENXIO';
}

interface Opened {
  readonly fd: number;
  readonly stats: BigIntStats;
  /** each write goes to the end by itself */
  readonly appends: boolean;
}

export function openForWriting(path: string): Opened {
  try {
    const fd = openSync(path, OPEN_FLAGS, MODE);
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFIFO()) return { fd, stats, appends: false };
    // that we can read it ourselves does not count as somebody who reads it
    closeSync(fd);
  } catch (error) {
    // a file that may only be appended to, or not be read
    if (!['EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  const fd = openSync(path, APPEND_FLAGS, MODE);
  return { fd, stats: fstatSync(fd, { bigint: true }), appends: true };
}

export function endsInNewline(fd: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
}
