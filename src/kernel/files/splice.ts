/**
 * Moving bytes from a pipe into a file without taking them into this process: splice(2) writes and consumes in one system
 * call, so that a kill -9 of foster loses no byte and doubles none. tee(2) shows what is about to be moved.
 */
import { EAGAIN, EINTR } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { readNow } from './read-now.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    tee: declare('int64_t', 'tee', ['int', 'int', 'uint64_t', 'unsigned int']),
    splice: declare('int64_t', 'splice', ['int', 'void *', 'int', 'void *', 'uint64_t', 'unsigned int']),
  };
});

/** <fcntl.h>: neither pipe is waited for */
const SPLICE_F_NONBLOCK = 2;

/**
 * tee(2): copies what one pipe holds into another, and leaves it where it is.
 * @returns the number of bytes, 0 at the end (nothing there, and nobody has it open for writing), undefined when nothing is there now
 * @throws SystemError (EINVAL: one of them is no pipe)
 */
export function tee(from: number, to: number, count: number): number | undefined {
  for (;;) {
    const copied = calls().tee(from, to, count, SPLICE_F_NONBLOCK);
    if (copied >= 0) return copied;
    const errno = libc().koffi.errno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw lastError('tee', `look into pipe ${from}`);
  }
}

const position = allocatePinned(8);
const positionView = viewOf(position);

/**
 * splice(2): moves bytes from a pipe to a place in a file.
 * @returns the number of bytes, 0 at the end (nothing there, and nobody has it open for writing), undefined when nothing is there now
 * @throws SystemError (EINVAL: this file or file system cannot; ENOSPC)
 */
export function splice(from: number, to: number, offset: number, count: number): number | undefined {
  for (;;) {
    positionView.setBigInt64(0, BigInt(offset), HOST_IS_LITTLE_ENDIAN);
    const moved = calls().splice(from, null, to, position, count, SPLICE_F_NONBLOCK);
    if (moved >= 0) return moved;
    const errno = libc().koffi.errno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw lastError('splice', `move bytes from pipe ${from}`);
  }
}

const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Takes bytes out of a pipe that were looked at by `tee` and have been taken care of. There are fewer if somebody else has
 * taken them: a job may read its own output.
 * @throws SystemError
 */
export function discard(from: number, count: number): void {
  for (let left = count; left > 0;) {
    const taken = readNow(from, left < scratch.length ? scratch.subarray(0, left) : scratch);
    if (taken === undefined || taken === 0) return;
    left -= taken;
  }
}
