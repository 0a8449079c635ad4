/** How long the follower waits for evidence, and how long each stage of a run lasts. */
import type { Nanoseconds } from '../events.js';

/** Times of the follower, in nanoseconds. */
export interface Timing {
  /** how long after its start a program image may hand off: the maximum time of a start */
  readonly start: Nanoseconds;
  /** how long after a hand-off main may hand off again: second forks come within 7 ms, so this is generous */
  readonly settle: Nanoseconds;
  /** how long after a hand-off main may hand off to a process that has left its session */
  readonly quickHandOff: Nanoseconds;
  /** how long a tie must stand before it is reported: setsid comes within milliseconds of the hand-off */
  readonly tie: Nanoseconds;
  /** how long the exit event of a process that is dead in /proc may be late */
  readonly missingExit: Nanoseconds;
  /** how long the exit status of a dead main may be late: on a busy machine, wait is late */
  readonly missingStatus: Nanoseconds;
  /** a new main that a signal ends within this time was killed as part of the hand-off (PR_SET_PDEATHSIG) */
  readonly killedTogether: Nanoseconds;
  /**
   * how long a COMMAND's child may take to leave its session: redis calls setsid after its launcher's exit
   */
  readonly leaveSession: Nanoseconds;
  /**
   * how long a PID file may be empty: haproxy truncates it, asks the old process to end, and then writes it
   */
  readonly pidFileWrite: Nanoseconds;
  /** how long it may still name the main that has ended */
  readonly stalePidFile: Nanoseconds;
  /** how often such a file or session is checked meanwhile */
  readonly recheck: Nanoseconds;
}

/**
 * Two births of one pid within this time are the same birth, reported twice. Start times in /proc have ticks
 * of 10 ms, event times are late by the delay of an event or a launch, and no machine reuses all its pids
 * within a second.
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
