/**
 * Retries during temporary shortages: no descriptor (EMFILE, ENFILE) or no kernel memory (ENOMEM: a container
 * at its limit, while the OOM killer looks for a victim). foster cannot decide anything without /proc, and an
 * exception would not help.
 */
import { lacksDescriptors, withSpareDescriptors } from './files/descriptor-reserve.js';
import { ENOMEM, isCodedError } from './errno.js';
import { SystemError } from './system-error.js';

/**
 * Milliseconds between two attempts, and until the error is thrown. Short, because nothing else runs
 * meanwhile.
 */
const PAUSE = 5;
const LONGEST = 1000;

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

interface ShortageOptions {
  readonly now?: () => number;
  readonly pause?: (milliseconds: number) => void;
}

/**
 * Calls `work`, which must close everything that it opens before it returns; retries while resources are
 * lacking.
 * @throws what `work` throws
 */
export function waitOutShortage<T>(work: () => T, options: ShortageOptions = {}): T {
  const { now = () => performance.now(), pause = blockFor } = options;
  let end: number | undefined;
  for (;;) {
    try {
      return withSpareDescriptors(work);
    } catch (error) {
      if (!isShortage(error)) throw error;
      end ??= now() + LONGEST;
      if (now() >= end) throw error;
      pause(PAUSE);
    }
  }
}

/** Tests whether a system call found no free descriptor, or the kernel no memory for it. */
export function isShortage(error: unknown): boolean {
  if (lacksDescriptors(error)) return true;
  if (error instanceof SystemError) return error.errno === ENOMEM;
  return isCodedError(error) && error.code === 'ENOMEM';
}

/** Stops the whole program for some milliseconds: for the few waits during which nothing else may happen. */
export function blockFor(milliseconds: number): void {
  Atomics.wait(nobodyWakes, 0, 0, milliseconds);
}
