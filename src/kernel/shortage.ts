/**
 * Shortages that pass: no descriptor (EMFILE, ENFILE) or no memory in the kernel (ENOMEM: a container at its limit, while the
 * kernel looks for somebody to kill). What foster decides by /proc cannot go on without, and a fault would not help.
 */
import { lacksDescriptors, withSpareDescriptors } from './files/descriptor-reserve.js';
import { ENOMEM } from './errno.js';
import { SystemError } from './system-error.js';

/** Milliseconds between two attempts, and after which the error is thrown. Nothing else is done meanwhile, so it is short. */
const PAUSE = 5;
const LONGEST = 1000;

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

export interface ShortageOptions {
  readonly now?: () => number;
  readonly pause?: (milliseconds: number) => void;
}

/**
 * Does something that has closed again, when it returns, whatever it opens; again and again while resources are lacking.
 * @throws what `work` throws
 */
export function waitOutShortage<T>(work: () => T, options: ShortageOptions = {}): T {
  const { now = () => performance.now(), pause = sleep } = options;
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

/** Whether a system call found no free descriptor, or the kernel no memory for it. */
export function isShortage(error: unknown): boolean {
  if (lacksDescriptors(error)) return true;
  if (error instanceof SystemError) return error.errno === ENOMEM;
  return error instanceof Error && 'code' in error && error.code === 'ENOMEM';
}

function sleep(milliseconds: number): void {
  Atomics.wait(nobodyWakes, 0, 0, milliseconds);
}
