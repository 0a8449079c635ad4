/** How long the follower waits for what, and how long a run is in which stage. */
import type { Nanoseconds } from '../events.js';

/** Times of the follower, in nanoseconds. */
export interface Timing {
  /** how long after its start a program image may hand off: as long as a start may take */
  readonly start: Nanoseconds;
  /** how long after a hand-off main may hand off again: second forks come within 7 ms, so this is wide */
  readonly settle: Nanoseconds;
  /** how long after a hand-off main may hand off to a process that has left its session */
  readonly quickHandOff: Nanoseconds;
  /** how long a tie must have stood before it is called one: setsid comes within milliseconds of the hand-off */
  readonly tie: Nanoseconds;
  /** how long the exit event of a process that /proc shows dead may be missing */
  readonly missingExit: Nanoseconds;
  /** how long the exit status of a main that is dead may be missing: on a busy machine, wait is late */
  readonly missingStatus: Nanoseconds;
  /** how long a new main must live for a signal that ends it not to be part of the hand-off (PR_SET_PDEATHSIG) */
  readonly killedTogether: Nanoseconds;
  /** how long a COMMAND's child may take to leave its session: redis calls setsid after its launcher's end */
  readonly leaveSession: Nanoseconds;
  /** how long a PID file may be empty: haproxy empties it, asks the old process to end, and writes it then */
  readonly pidFileWrite: Nanoseconds;
  /** how long it may name the main that has ended */
  readonly stalePidFile: Nanoseconds;
  /** how often such a file, or session, is looked at meanwhile */
  readonly recheck: Nanoseconds;
}

/**
 * Two births of one pid within this time are one birth, told twice. Start times in /proc count in ticks of 10 ms, event times
 * are late by the delay of an event or of a launch, and no machine uses up all its pids in a second.
 */
export const SAME_PROCESS: Nanoseconds = 1e9;

export const DEFAULT_TIMING: Timing = {
  start: 90e9,
  settle: 3e9,
  quickHandOff: 250e6,
  tie: 500e6,
  missingExit: 20e6,
  missingStatus: 200e6,
  killedTogether: 100e6,
  leaveSession: 500e6,
  pidFileWrite: 1e9,
  stalePidFile: 250e6,
  recheck: 20e6,
};
