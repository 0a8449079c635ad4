import { constants } from 'node:os';

/**
 * The signal names of Upstart (upstart.md 2, `kill signal`), with Linux's numbers. A second name of a signal
 * follows its first one, which is stored.
 */
const NAMES = [
  'HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG',
  'XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS',
].flatMap((line) => line.split(' '));

const NUMBERS = new Map<string, number>();
const FIRST_NAMES = new Map<number, string>();
for (const name of NAMES) {
  const number = constants.signals[`SIG${name}` as NodeJS.Signals] as number | undefined;
  if (number === undefined) continue;
  NUMBERS.set(name, number);
  if (!FIRST_NAMES.has(number)) FIRST_NAMES.set(number, name);
}
// Node has no name for it; signal(7) gives it as a synonym of SIGCHLD
NUMBERS.set('CLD', constants.signals.SIGCHLD);

export const SIGNAL_NAMES: readonly string[] = [...FIRST_NAMES.values()];

/**
 * Returns the canonical name of a signal.
 *
 * @param text a name in upper case, with or without SIG
 * @returns the name without SIG; undefined if there is no such signal
 */
export function signalName(text: string): string | undefined {
  const number = NUMBERS.get(text.startsWith('SIG') ? text.slice(3) : text);
  return number === undefined ? undefined : FIRST_NAMES.get(number);
}

/** Returns the name of a signal number; the number as text if it has none (real-time signals). */
export function signalNameOfNumber(number: number): string {
  return FIRST_NAMES.get(number) ?? String(number);
}
