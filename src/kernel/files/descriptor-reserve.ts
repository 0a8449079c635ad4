/**
 * A few descriptors that are kept open for nothing else than to be closed when there are none left (EMFILE, ENFILE): then foster
 * still reads /proc, the user database and its own files, ends what it is told to end, and says why a job cannot start. They
 * are opened first, so that their numbers lie below any limit that is set later.
 */
import { closeSync, openSync } from 'node:fs';
import { EMFILE, ENFILE } from '../errno.js';
import { SystemError } from '../system-error.js';

/** What one piece of work has open at a time: a name, a file, a directory. */
const SIZE = 4;

const reserve: number[] = [];

/** Makes the reserve. Without it, `withSpareDescriptors` changes nothing. */
export function reserveDescriptors(): void {
  while (reserve.length < SIZE) reserve.push(openSync('/dev/null', 'r'));
}

/** Whether a system call found no free descriptor, in this process or on the machine. */
export function lacksDescriptors(error: unknown): boolean {
  if (error instanceof SystemError) return error.errno === EMFILE || error.errno === ENFILE;
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** Does something that has closed again, when it returns, whatever it opens; with the descriptors of the reserve if need be. */
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
    // whoever has opened something meanwhile has had good luck: less is left until there are descriptors again
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
