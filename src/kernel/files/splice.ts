/**
 * Moves bytes from a pipe into a file without reading them. splice(2) writes and consumes in one system call,
 * so that a kill -9 of foster loses no byte and doubles none. tee(2) shows what is about to be moved.
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

/** <fcntl.h>: wait for neither pipe */
const SPLICE_F_NONBLOCK = 2;

/**
 * Copies the contents of one pipe into another, without consuming them (tee(2)).
 * @returns the number of bytes, 0 at the end (empty and without writers), undefined if there are no data now
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
 * Moves bytes from a pipe to a position in a file (splice(2)).
 * @returns the number of bytes, 0 at the end (empty and without writers), undefined if there are no data now
 * @throws SystemError (EINVAL: not supported by this file or file system; ENOSPC)
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
 * Consumes bytes of a pipe after `tee` has shown them and they have been processed. There are fewer if
 * another process has read some: a job may read its own output.
 * @throws SystemError
 */
export function discard(from: number, count: number): void {
  for (let left = count; left > 0;) {
    const taken = readNow(from, left < scratch.length ? scratch.subarray(0, left) : scratch);
    if (taken === undefined || taken === 0) return;
    left -= taken;
  }
}
