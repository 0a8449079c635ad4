/** Pipes, and FIFOs in the run directory: a job's output survives a crash or re-exec of the supervisor. */
import { closeSync, constants } from 'node:fs';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    mkfifo: declare('int', 'mkfifo', ['str', 'unsigned int']),
    pipe2: declare('int', 'pipe2', ['void *', 'int']),
    fcntl: declare('int', 'fcntl', ['int', 'int', 'long']),
  };
});

const O_CLOEXEC = 0o2000000;
const F_SETFL = 4;

/** Calls mkfifo(3). @param mode subject to the umask @throws SystemError (EEXIST, EROFS, ...) */
export function makeFifo(path: string, mode: number): void {
  if (calls().mkfifo(path, mode) !== 0) throw lastError('mkfifo', `make the FIFO ${path}`);
}

/**
 * Makes a pipe with pipe2(2), close-on-exec. The reading end, ours, is non-blocking; the writing end, a
 * job's, is blocking.
 */
export function makePipe(): { readonly read: number; readonly write: number } {
  const { pipe2, fcntl } = calls();
  const descriptors = allocatePinned(8);
  if (pipe2(descriptors, O_CLOEXEC) !== 0) throw lastError('pipe2', 'make a pipe');
  const read = descriptors.readInt32LE(0);
  const write = descriptors.readInt32LE(4);
  // the status flags belong to each end, so the writing end stays blocking
  if (fcntl(read, F_SETFL, constants.O_NONBLOCK) !== 0) {
    const error = lastError('fcntl', 'make the reading end of a pipe non-blocking');
    closeSync(read);
    closeSync(write);
    throw error;
  }
  return { read, write };
}
