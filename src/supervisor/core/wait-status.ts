/** How a process ended, in the words of Upstart's log and events (sections 3.5, 4.1 and 7). */
import { describeStatus, signalNumber } from '../../kernel/signals.js';
import type { WaitStatus } from '../../kernel/kernel.js';

/** `exited normally`, `terminated with status 3`, `killed by TERM signal`. */
export function describeEnding(status: WaitStatus): string {
  const ending = describeStatus(status);
  if ('signal' in ending) return `killed by ${ending.signal} signal`;
  return ending.status === 0 ? 'exited normally' : `terminated with status ${ending.status}`;
}

/** `EXIT_STATUS=3`, `EXIT_SIGNAL=TERM`: the variable of stopping and stopped. */
export function endingVariable(status: WaitStatus): string {
  const ending = describeStatus(status);
  return 'signal' in ending ? `EXIT_SIGNAL=${ending.signal}` : `EXIT_STATUS=${ending.status}`;
}

/**
 * Whether the status is among those of the `normal exit` stanza.
 *
 * @param listed exit statuses as numbers, signals by name
 */
export function isListed(status: WaitStatus, listed: readonly (number | string)[] | undefined): boolean {
  if (listed === undefined) return false;
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
