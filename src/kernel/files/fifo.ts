/**
 * FIFOs in the run directory: a job's output survives a crash or re-exec of the supervisor (DESIGN section
 * 5).
 */

import { lastError, lazily, libc } from '../libc.js';

const calls = lazily(() => ({
  mkfifo: libc().declare('int', 'mkfifo', ['str', 'unsigned int']),
}));

/** Calls mkfifo(3). @param mode subject to the umask @throws SystemError (EEXIST, EROFS, ...) */
export function makeFifo(path: string, mode: number): void {
  if (calls().mkfifo(path, mode) !== 0) throw lastError('mkfifo', `make the FIFO ${path}`);
}
