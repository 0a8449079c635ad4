/** What a wait status says, and how Upstart says it in its log (section 4.1, section 7). */
import { constants } from 'node:os';
import type { WaitStatus } from '../../kernel/kernel.js';

export type Ending =
  { readonly kind: 'exited'; readonly status: number } | { readonly kind: 'killed'; readonly signal: number };

/** libc has several names for these numbers; Upstart prints the other one. */
const SECOND_NAMES: ReadonlySet<string> = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED']);

const NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [name.slice('SIG'.length), number]),
);

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .filter(([name]) => !SECOND_NAMES.has(name))
    .map(([name, number]) => [number, name.slice('SIG'.length)]),
);

/** Takes a status of wait(2) apart. */
export function endingOf(status: WaitStatus): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { kind: 'exited', status: (status >> 8) & 0xff } : { kind: 'killed', signal };
}

/** The name without SIG, or the number as text where it has none (real-time signals). */
export function signalName(signal: number): string {
  return NAMES.get(signal) ?? String(signal);
}

/** `exited normally`, `terminated with status 3`, `killed by TERM signal`: the words of Upstart's log. */
export function describeEnding(status: WaitStatus): string {
  const ending = endingOf(status);
  if (ending.kind === 'killed') return `killed by ${signalName(ending.signal)} signal`;
  return ending.status === 0 ? 'exited normally' : `terminated with status ${ending.status}`;
}

/**
 * Whether the status is among those of the `normal exit` stanza.
 *
 * @param listed exit statuses as numbers, signals by name, with or without SIG
 */
export function isListed(status: WaitStatus, listed: readonly (number | string)[] | undefined): boolean {
  if (listed === undefined) return false;
  const ending = endingOf(status);
  return listed.some((entry) =>
    typeof entry === 'number'
      ? ending.kind === 'exited' && ending.status === entry
      : ending.kind === 'killed' && ending.signal === NUMBERS.get(entry.replace(/^SIG/, '')),
  );
}

/** The wait status of a process that ended with this exit status. */
export function exitedWith(status: number): WaitStatus {
  return status << 8;
}
