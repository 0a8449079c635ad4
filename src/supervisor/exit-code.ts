import { describeStatus, signalNumber } from '../kernel/signals.js';
import { isKnown, type EndStatus } from './core/wait-status.js';

/** A shell's number for "killed by signal N" is this much more than N. */
const KILLED_BY_SIGNAL = 128;

/** An essential job ended and nobody knows how: that is no success. */
const UNKNOWN = 1;

/** Returns the exit status with which foster passes on how an essential job ended, as a shell does. */
export function exitCodeOf(status: EndStatus): number {
  if (!isKnown(status)) return UNKNOWN;
  const ending = describeStatus(status);
  return 'signal' in ending ? KILLED_BY_SIGNAL + (signalNumber(ending.signal) ?? 0) : ending.status;
}
