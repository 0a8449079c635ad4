import { EAGAIN, EINTR } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';

/** <asm-generic/ioctls.h> */
const FIONREAD = 0x541b;

const calls = lazily(() => ({
  ioctl: libc().declare('int', 'ioctl', ['int', 'unsigned long', 'void *']),
  read: libc().declare('int64_t', 'read', ['int', 'void *', 'uint64_t']),
}));

/**
 * Calls read(2) on a non-blocking descriptor. Unlike `fs.readSync` it does not throw if there are no data,
 * which is the normal case after a job has ended. The exception with its stack trace takes 35 microseconds,
 * more than the rest of a process start.
 *
 * @returns the number of bytes, 0 at the end of the file, undefined if there are no data now
 * @throws SystemError
 */
export function readNow(fd: number, buffer: Buffer): number | undefined {
  for (;;) {
    const count = calls().read(fd, buffer, buffer.length);
    if (count >= 0) return count;
    const errno = libc().koffi.errno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw lastError('read', `read from descriptor ${fd}`);
  }
}

const count = lazily(() => allocatePinned(4));

/**
 * Returns the number of unread bytes in a pipe or FIFO.
 * @throws SystemError
 */
export function unreadBytes(fd: number): number {
  if (calls().ioctl(fd, FIONREAD, count()) !== 0) throw lastError('ioctl', `look into descriptor ${fd}`);
  return count().readInt32LE(0);
}
