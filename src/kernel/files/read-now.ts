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
 * read(2) of a non-blocking descriptor. Unlike `fs.readSync` it does not throw when nothing is there, which costs more than
 * the start of a process takes otherwise (35 microseconds, with stack trace) and is the ordinary case when a job has ended.
 *
 * @returns the number of bytes, 0 at the end of the file, undefined when nothing is there now
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
 * How many bytes wait to be read from a pipe or FIFO.
 * @throws SystemError
 */
export function unreadBytes(fd: number): number {
  if (calls().ioctl(fd, FIONREAD, count()) !== 0) throw lastError('ioctl', `look into descriptor ${fd}`);
  return count().readInt32LE(0);
}
