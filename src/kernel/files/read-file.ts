/**
 * The only way to read a file that somebody else may have made: a job's PID file, a job file, saved state,
 * /etc/passwd. A FIFO in its place would block the supervisor, a link to /dev/zero would fill its memory, and
 * opening a device may have effects (/dev/watchdog starts its countdown). eslint.config.js forbids other ways
 * and lists the modules that need one.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { withSpareDescriptors } from './descriptor-reserve.js';
import { EAGAIN, EFBIG, EINVAL, EISDIR, ELOOP, fromNodeError, nodeErrorCode } from '../errno.js';
import { SystemError } from '../system-error.js';
import { messageOf } from '../../text/phrases.js';
import { descriptorPath } from '../proc/proc-file.js';

interface ReadRules {
  /** the maximum reasonable size of such a file, in bytes */
  readonly limit: number;
  /** what to do with a longer file: refuse it, or read only its beginning */
  readonly beyond?: 'refuse' | 'cut';
  /** whether the last part of the path may be a symbolic link; earlier ones are always followed */
  readonly links?: 'follow' | 'refuse';
}

/**
 * Thrown for a file of an unexpected kind. It is a `SystemError`, so that every caller treats it as an
 * unreadable file.
 */
export class UnsuitableFileError extends SystemError {
  constructor(path: string, errno: number, code: string, found: string, expected: string) {
    super('open', errno, code, `read ${path}`, `it is ${found}, expected ${expected}`);
    this.message = `${path} is ${found}, expected ${expected}`;
  }
}

/** Returns why a file cannot be read, without its path, for messages that name it already. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof UnsuitableFileError) return error.reason;
  return error instanceof SystemError ? `${error.code} (${error.reason})` : messageOf(error);
}

/**
 * Linux; Node has no name for it. The file is referenced without being opened: no device and no lease holder
 * notices.
 */
const O_PATH = 0o10000000;

const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The read size for a file of unknown size (in /proc, or one that grows). */
const PIECE = 16 * 1024;

/**
 * Reads a regular file of limited size. Never waits for a writer, a device or a lease holder.
 * @throws SystemError if it cannot be opened; UnsuitableFileError if it is no regular file, or too large
 */
export function readRegularFile(path: string, rules: ReadRules): Buffer {
  return withSpareDescriptors(() => {
    const fd = openRegularFile(path, rules.links);
    try {
      return readDescriptor(fd, path, rules);
    } finally {
      closeSync(fd);
    }
  });
}

/** Reads a file as UTF-8 text. */
export function readTextFile(path: string, rules: ReadRules): string {
  return readRegularFile(path, rules).toString('utf8');
}

/** Reads a file that may be missing; returns undefined then. All other problems are errors. */
export function readTextIfThere(path: string, rules: ReadRules): string | undefined {
  try {
    return readTextFile(path, rules);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Opens a regular file for reading; the caller closes it.
 * @throws as `readRegularFile`
 */
export function openRegularFile(path: string, links: ReadRules['links'] = 'follow'): number {
  const refused = links === 'refuse' ? constants.O_NOFOLLOW : 0;
  const name = attemptOpen(path, path, O_PATH | refused);
  try {
    const stats = fstatSync(name);
    requireRegular(path, stats);
    return openNamed(path, name, stats, refused);
  } finally {
    closeSync(name);
  }
}

/** Opens through the O_PATH descriptor, so that it is the very file that was checked. */
function openNamed(path: string, name: number, expected: Stats, flags: number): number {
  const link = descriptorPath(name);
  try {
    return attemptOpen(path, link, READ_FLAGS);
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw error;
  }
  // there is no /proc (yet): open it by its name, and check again
  const fd = attemptOpen(path, path, READ_FLAGS | flags);
  const stats = fstatSync(fd);
  if (stats.isFile() && stats.ino === expected.ino && stats.dev === expected.dev) return fd;
  closeSync(fd);
  requireRegular(path, stats);
  throw new SystemError('open', EAGAIN, 'EAGAIN', `read ${path}`, 'it was replaced meanwhile');
}

function attemptOpen(path: string, at: string, flags: number): number {
  try {
    return openSync(at, flags);
  } catch (error) {
    const failure = fromNodeError(error, `read ${path}`);
    if (failure.code !== 'EAGAIN') throw failure;
    const reason = 'another process holds a lease on it, fcntl(2)';
    throw new SystemError('open', EAGAIN, 'EAGAIN', `read ${path}`, reason);
  }
}

function requireRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const [errno, code] = stats.isDirectory()
    ? [EISDIR, 'EISDIR']
    : stats.isSymbolicLink()
      ? [ELOOP, 'ELOOP']
      : [EINVAL, 'EINVAL'];
  throw new UnsuitableFileError(path, errno, code, kindOf(stats), 'a regular file');
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/**
 * Reads an open file from its beginning.
 * @param path for messages
 * @throws SystemError; UnsuitableFileError if it is too large
 */
export function readDescriptor(fd: number, path: string, { limit, beyond = 'refuse' }: ReadRules): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    // one byte more than allowed shows that the file is too large
    for (let size = Math.min(fstatSync(fd).size, limit) + 1; length <= limit; size = PIECE) {
      const piece = Buffer.allocUnsafe(Math.min(size, limit + 1 - length));
      const count = readSync(fd, piece, 0, piece.length, length);
      if (count === 0) break;
      pieces.push(piece.subarray(0, count));
      length += count;
    }
  } catch (error) {
    throw fromNodeError(error, `read ${path}`);
  }
  if (length > limit && beyond === 'refuse')
    throw new UnsuitableFileError(path, EFBIG, 'EFBIG', 'too large', `${limit} bytes at most`);
  return Buffer.concat(pieces, Math.min(length, limit));
}
