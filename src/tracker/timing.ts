/** How long a run is in which stage, and how long the follower waits for what. */
import type { Nanoseconds } from './events.js';

export type Stage = 'launching' | 'settling' | 'settled';

/** Times of the follower, in nanoseconds. */
export interface Timing {
  /** how long after its start a program image may hand off: as long as a start may take */
  readonly start: Nanoseconds;
  /** how long after a hand-off main may hand off again: second forks come within 7 ms, so this is wide */
  readonly settle: Nanoseconds;
  /** how long after a hand-off main may hand off to a process that has left its session */
  readonly quick: Nanoseconds;
  /** how long a tie must have stood before it is called one: setsid comes within milliseconds of the hand-off */
  readonly tie: Nanoseconds;
  /** how long the exit event of a process that /proc shows dead may be missing */
  readonly unseen: Nanoseconds;
  /** how long the exit status of a main that is dead may be missing: on a busy machine, wait is late */
  readonly status: Nanoseconds;
  /** how long a new main must live for a signal that ends it not to be part of the hand-off (PR_SET_PDEATHSIG) */
  readonly doomed: Nanoseconds;
  /** how long a COMMAND's child may take to leave its session: redis calls setsid after its launcher's end */
  readonly leaving: Nanoseconds;
  /** how long a PID file may be empty: haproxy empties it, asks the old process to end, and writes it then */
  readonly writing: Nanoseconds;
  /** how long it may name the main that has ended */
  readonly stale: Nanoseconds;
  /** how often such a file, or session, is looked at meanwhile */
  readonly look: Nanoseconds;
}

export const DEFAULT_TIMING: Timing = {
  start: 90e9,
  settle: 3e9,
  quick: 250e6,
  tie: 500e6,
  unseen: 20e6,
  status: 200e6,
  doomed: 100e6,
  leaving: 500e6,
  writing: 1e9,
  stale: 250e6,
  look: 20e6,
};

/** To whom main may hand off: to anybody, to a process that has left main's session, or to nobody. */
export type HandOffRule = 'any' | 'session' | 'never';
