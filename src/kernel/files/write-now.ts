/**
 * Writes to a descriptor that others share (a terminal, the supervisor's own stdout) without ever waiting for
 * its reader. O_NONBLOCK is no option: it belongs to the open file and would affect all who share it.
 */

import { EAGAIN, EINTR, EINVAL, EOPNOTSUPP } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { addressOf, allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare, declareOptional } = libc();
  return {
    poll: declare('int', 'poll', ['void *', 'unsigned long', 'int']),
    write: declare('int64_t', 'write', ['int', 'void *', 'uint64_t']),
    /** glibc 2.26; not in musl */
    pwritev2: declareOptional('int64_t', 'pwritev2', ['int', 'void *', 'int', 'int64_t', 'int']),
  };
});

const POLLOUT = 4;
/** <linux/fs.h> RWF_NOWAIT: pipes and sockets support it; with offset -1 the file position is used */
const RWF_NOWAIT = 8;
const CURRENT_POSITION = -1;
/** pipe(7): POLLOUT promises room for this much (PIPE_BUF) */
const PIPE_BUF = 4096;

const pollRequest = allocatePinned(8);
const vector = allocatePinned(16);
const chunk = allocatePinned(PIPE_BUF);

function isWritable(fd: number): boolean {
  pollRequest.writeInt32LE(fd, 0);
  pollRequest.writeInt16LE(POLLOUT, 4);
  pollRequest.writeInt16LE(0, 6);
  // an error or a hang-up counts: write(2) will report which
  return calls().poll(pollRequest, 1, 0) === 1;
}

/** @returns the number of bytes written, or -1 with errno set */
function writeChunk(fd: number, size: number): number {
  const { pwritev2, write } = calls();
  if (pwritev2 !== undefined) {
    const view = viewOf(vector);
    view.setBigUint64(0, addressOf(chunk), HOST_IS_LITTLE_ENDIAN);
    view.setBigUint64(8, BigInt(size), HOST_IS_LITTLE_ENDIAN);
    const count = pwritev2(fd, vector, 1, CURRENT_POSITION, RWF_NOWAIT);
    if (count >= 0) return count;
    const errno = libc().koffi.errno();
    if (errno !== EOPNOTSUPP && errno !== EINVAL && errno !== EAGAIN) return count;
    // EAGAIN of a file on disk means that it would have to allocate a block: poll(2) decides
    if (errno === EAGAIN && !isWritable(fd)) return count;
  }
  return write(fd, chunk, size);
}

/**
 * Writes as much as possible without waiting.
 * @returns bytes written; 0 if nothing can be written now
 * @throws SystemError (EPIPE, EIO, ENOSPC)
 */
export function writeNow(fd: number, bytes: Uint8Array): number {
  let written = 0;
  while (written < bytes.length && isWritable(fd)) {
    const part = bytes.subarray(written, written + PIPE_BUF);
    chunk.set(part);
    const count = writeChunk(fd, part.length);
    if (count >= 0) {
      written += count;
      if (count < part.length) break;
      continue;
    }
    const errno = libc().koffi.errno();
    if (errno === EAGAIN) break;
    if (errno !== EINTR) throw lastError('write', `write to descriptor ${fd}`);
  }
  return written;
}
