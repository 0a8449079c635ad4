/** FIFOs in the run directory: a job's output survives a supervisor that crashes or re-execs (DESIGN section 5). */

import { constants, openSync } from 'node:fs';

import { fromNodeError } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';

const calls = lazily(() => ({
  mkfifo: libc().declare('int', 'mkfifo', ['str', 'unsigned int']),
}));

/** mkfifo(3). @param mode subject to the umask @throws SystemError (EEXIST, EROFS, ...) */
export function makeFifo(path: string, mode: number): void {
  if (calls().mkfifo(path, mode) !== 0) throw lastError('mkfifo', `make the FIFO ${path}`);
}

/** The supervisor's end: non-blocking, so that opening it waits for no writer. Node opens close-on-exec. */
export function openFifoForReading(path: string): number {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * The job's end: read and write, so that neither opening waits nor a write gets SIGPIPE while no supervisor reads
 * (fifo(7): Linux allows it), and blocking, since a daemon does not expect EAGAIN from its stdout.
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
