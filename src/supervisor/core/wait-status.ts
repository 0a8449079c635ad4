/** How a process ended, in the words of Upstart's log and events (sections 3.5, 4.1 and 7). */
import { integer, literal, type Codec } from '../../codec/codec.js';
import { describeStatus, isRealTime, signalNumber } from '../../kernel/process/signals.js';
import type { WaitStatus } from '../../kernel/kernel.js';

/**
 * Why nobody knows how a process ended: foster was not running then, or the process was no child of foster and the kernel
 * does not report the status of such processes (before Linux 6.15).
 */
export const UNKNOWN_STATUSES = ['ended-while-down', 'not-reported'] as const;
export type UnknownStatus = (typeof UNKNOWN_STATUSES)[number];

/** How a process ended. An unknown status is abnormal: it never counts as exit status 0. */
export type EndStatus = WaitStatus | UnknownStatus;

export function isKnown(status: EndStatus): status is WaitStatus {
  return typeof status === 'number';
}

/** A wait status has 16 bits (wait(2)). */
const waitStatus = integer(0, 0xffff, 'a wait status');
const unknownStatus = literal(...UNKNOWN_STATUSES);

/** How a process has ended: a wait status, or why nobody knows it. */
export const endStatus: Codec<EndStatus> = {
  write: (status, context) =>
    isKnown(status) ? waitStatus.write(status, context) : unknownStatus.write(status, context),
  read: (json, context) =>
    typeof json === 'string' ? unknownStatus.read(json, context) : waitStatus.read(json, context),
};

const UNKNOWN_ENDINGS = {
  'ended-while-down': 'ended while foster was down: exit status unknown',
  'not-reported': 'ended: exit status unknown',
} as const satisfies Record<UnknownStatus, string>;

/** `exited normally`, `terminated with status 3`, `killed by TERM signal`. */
export function describeEnding(status: EndStatus): string {
  if (!isKnown(status)) return UNKNOWN_ENDINGS[status];
  const ending = describeStatus(status);
  if ('signal' in ending) return `killed by ${ending.signal} signal`;
  return ending.status === 0 ? 'exited normally' : `terminated with status ${ending.status}`;
}

/**
 * `EXIT_STATUS=3`, `EXIT_SIGNAL=TERM`: the variable of stopping and stopped; none for an unknown status. Upstart has no names
 * for real-time signals, and job files that compare the variable were written for its numbers (section 3.5): `EXIT_SIGNAL=40`.
 */
export function endingVariables(status: EndStatus): readonly string[] {
  if (!isKnown(status)) return [];
  const ending = describeStatus(status);
  if ('status' in ending) return [`EXIT_STATUS=${ending.status}`];
  const number = signalNumber(ending.signal);
  return [`EXIT_SIGNAL=${number !== undefined && isRealTime(number) ? number : ending.signal}`];
}

/**
 * Whether the status is among those of the `normal exit` stanza.
 *
 * @param listed exit statuses as numbers, signals by name
 */
export function isListed(status: EndStatus, listed: readonly (number | string)[] | undefined): boolean {
  if (listed === undefined || !isKnown(status)) return false;
  const ending = describeStatus(status);
  return listed.some((entry) =>
    typeof entry === 'number'
      ? 'status' in ending && ending.status === entry
      : 'signal' in ending && signalNumber(ending.signal) === signalNumber(entry),
  );
}

/** The wait status of a process that ended with this exit status. */
export function exitedWith(status: number): WaitStatus {
  return status << 8;
}

/** A shell's number for "killed by signal N" is this much more than N. */
const SIGNAL_STATUS_BASE = 128;

/** An essential job ended and nobody knows how: that is no success. */
const UNKNOWN_EXIT_CODE = 1;

/** Returns the exit status with which foster passes on how an essential job ended, as a shell does. */
export function exitCodeOf(status: EndStatus): number {
  if (!isKnown(status)) return UNKNOWN_EXIT_CODE;
  const ending = describeStatus(status);
  return 'signal' in ending ? SIGNAL_STATUS_BASE + (signalNumber(ending.signal) ?? 0) : ending.status;
}
