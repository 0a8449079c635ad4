/**
 * FIFOs in the run directory: a job's output survives a crash or re-exec of the supervisor (DESIGN section
 * 5).
 */

import { constants, openSync } from 'node:fs';

import { fromNodeError } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';

const calls = lazily(() => ({
  mkfifo: libc().declare('int', 'mkfifo', ['str', 'unsigned int']),
}));

/** Calls mkfifo(3). @param mode subject to the umask @throws SystemError (EEXIST, EROFS, ...) */
export function makeFifo(path: string, mode: number): void {
  if (calls().mkfifo(path, mode) !== 0) throw lastError('mkfifo', `make the FIFO ${path}`);
}

/**
 * Opens the supervisor's end. It is non-blocking, so that the open does not wait for a writer. Node sets
 * close-on-exec.
 */
export function openFifoForReading(path: string): number {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * Opens the job's end. It is read-write, so that the open does not block and writes get no SIGPIPE while no
 * supervisor reads (fifo(7): Linux allows it). It is blocking, because a daemon does not expect EAGAIN from
 * its stdout.
 */
export function openFifoForJob(path: string): number {
  return open(path, constants.O_RDWR);
}

function open(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw fromNodeError(error, `open the FIFO ${path}`);
  }
}
