/** Names and numbers of signals, and the meaning of a wait status. */

import { constants } from 'node:os';

import type { WaitStatus } from '../kernel.js';

/**
 * glibc reserves 32 and 33, so its SIGRTMIN is 34, and the SIGRTMIN+3 of systemd and Docker is 37. musl's is
 * 35, but a received signal counts by its number.
 */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

const numberByName = new Map(
  Object.entries(constants.signals).map(([name, number]) => [name.replace(/^SIG/, ''), number]),
);

/**
 * Maps numbers to names; the first name of a number is the usual one: ABRT rather than IOT, CHLD rather than
 * CLD, IO rather than POLL.
 */
const nameByNumber = new Map<number, string>();
for (const [name, number] of numberByName) {
  if (!nameByNumber.has(number)) nameByNumber.set(number, name);
}

/**
 * @param text as in Upstart's `kill signal`: `TERM`, `SIGTERM`, `15`, and also `RTMIN+3` and `RTMAX-1`; case
 * does not matter
 * @returns undefined if there is no such signal
 */
export function signalNumber(text: string): number | undefined {
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (/^[0-9]+$/.test(name)) {
    const number = Number(name);
    return number >= 1 && number <= SIGRTMAX ? number : undefined;
  }
  return numberByName.get(name) ?? realTimeSignal(name);
}

function realTimeSignal(name: string): number | undefined {
  const match = /^RT(MIN|MAX)(?:([+-])([0-9]+))?$/.exec(name);
  if (match === null) return undefined;
  const [, base, sign, digits = '0'] = match;
  const number = (base === 'MIN' ? SIGRTMIN : SIGRTMAX) + (sign === '-' ? -1 : 1) * Number(digits);
  return isRealTime(number) ? number : undefined;
}

/** Tests whether a signal has no predefined meaning (signal(7)). */
export function isRealTime(number: number): boolean {
  return number >= SIGRTMIN && number <= SIGRTMAX;
}

/** Returns the name without SIG: `TERM`, `RTMIN+3`; a number without name stays a number. */
export function signalName(number: number): string {
  const name = nameByNumber.get(number);
  if (name !== undefined) return name;
  if (number === SIGRTMIN) return 'RTMIN';
  return isRealTime(number) ? `RTMIN+${number - SIGRTMIN}` : String(number);
}

export type StatusDescription =
  | { readonly status: number }
  /** `core`: a core file was written (or passed to a program) */
  | { readonly signal: string; readonly core: boolean };

/** Decodes a status of wait(2): exit status in bits 8-15, ending signal in bits 0-6, 0x80 for a core dump. */
export function describeStatus(status: WaitStatus): StatusDescription {
  const signal = status & 0x7f;
  return signal === 0
    ? { status: (status >> 8) & 0xff }
    : { signal: signalName(signal), core: (status & 0x80) !== 0 };
}
