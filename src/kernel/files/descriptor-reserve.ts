/**
 * Keeps a few descriptors open, to be closed when no others are left (EMFILE, ENFILE). With them foster can
 * still read /proc, the user database and its own files, stop jobs, and report why a job cannot start. They
 * are opened first, so that their numbers are below any limit set later.
 */
import { closeSync, openSync } from 'node:fs';
import { EMFILE, ENFILE, isCodedError } from '../errno.js';
import { SystemError } from '../system-error.js';

/** The number of descriptors that one operation needs at once: a name, a file, a directory. */
const SIZE = 4;

const reserve: number[] = [];

/** Opens the reserve. Without it, `withSpareDescriptors` has no effect. */
export function reserveDescriptors(): void {
  while (reserve.length < SIZE) reserve.push(openSync('/dev/null', 'r'));
}

/** Tests whether a system call found no free descriptor, in this process or on the machine. */
export function lacksDescriptors(error: unknown): boolean {
  if (error instanceof SystemError) return error.errno === EMFILE || error.errno === ENFILE;
  return isCodedError(error) && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/**
 * Calls `work`, which must close everything that it opens before it returns; uses the reserve's descriptors
 * if necessary.
 */
export function withSpareDescriptors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!lacksDescriptors(error) || reserve.length === 0) throw error;
    return workOnReserve(work);
  }
}

function workOnReserve<T>(work: () => T): T {
  for (const fd of reserve.splice(0)) closeSync(fd);
  try {
    return work();
  } finally {
    // if other code has taken a descriptor meanwhile, the reserve stays smaller until descriptors are free
    // again
    while (reserve.length < SIZE && refill()) continue;
  }
}

function refill(): boolean {
  try {
    reserve.push(openSync('/dev/null', 'r'));
    return true;
  } catch (error) {
    if (!lacksDescriptors(error)) throw error;
    return false;
  }
}
