/** Describes how a process ended, in the words of Upstart's log and events (sections 3.5, 4.1 and 7). */
import { integer, literal, type Codec } from '../../codec/codec.js';
import { describeStatus, isRealTime, signalNumber } from '../../kernel/process/signals.js';
import type { WaitStatus } from '../../kernel/kernel.js';

/**
 * Why a status is unknown: foster was not running at the time, or the process was no child of foster and the
 * kernel does not report the status of such processes (before Linux 6.15).
 */
const UNKNOWN_STATUSES = ['ended-while-down', 'not-reported'] as const;
export type UnknownStatus = (typeof UNKNOWN_STATUSES)[number];

/** How a process ended. An unknown status is abnormal: it never counts as exit status 0. */
export type EndStatus = WaitStatus | UnknownStatus;

export function isKnown(status: EndStatus): status is WaitStatus {
  return typeof status === 'number';
}

/** A wait status has 16 bits (wait(2)). */
const waitStatus = integer(0, 0xffff, 'a wait status');
const unknownStatus = literal(...UNKNOWN_STATUSES);

/** The codec of a wait status, or of the reason why it is unknown. */
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

/** Formats `exited normally`, `terminated with status 3`, `killed by TERM signal`. */
export function describeEnding(status: EndStatus): string {
  if (!isKnown(status)) return UNKNOWN_ENDINGS[status];
  const ending = describeStatus(status);
  if ('signal' in ending) return `killed by ${ending.signal} signal`;
  return ending.status === 0 ? 'exited normally' : `terminated with status ${ending.status}`;
}

/**
 * Returns `EXIT_STATUS=3` or `EXIT_SIGNAL=TERM`, the variable of stopping and stopped; nothing for an unknown
 * status. Upstart has no names for real-time signals, so job files compare their numbers (section 3.5):
 * `EXIT_SIGNAL=40`.
 */
export function endingVariables(status: EndStatus): readonly string[] {
  if (!isKnown(status)) return [];
  const ending = describeStatus(status);
  if ('status' in ending) return [`EXIT_STATUS=${ending.status}`];
  const number = signalNumber(ending.signal);
  return [`EXIT_SIGNAL=${number !== undefined && isRealTime(number) ? number : ending.signal}`];
}

/**
 * Tests whether the status is listed in the `normal exit` stanza.
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

/** Returns the wait status for this exit status. */
export function exitedWith(status: number): WaitStatus {
  return status << 8;
}

/** A shell's exit status for "killed by signal N" is this plus N. */
const SIGNAL_STATUS_BASE = 128;

/** The exit code of foster for an essential job that ended with unknown status: no success. */
const UNKNOWN_EXIT_CODE = 1;

/** Returns the exit code with which foster passes on an essential job's end, as a shell does. */
export function exitCodeOf(status: EndStatus): number {
  if (!isKnown(status)) return UNKNOWN_EXIT_CODE;
  const ending = describeStatus(status);
  return 'signal' in ending ? SIGNAL_STATUS_BASE + (signalNumber(ending.signal) ?? 0) : ending.status;
}
