/** How long the follower waits for what, and how long a run is in which stage. */
import type { Nanoseconds } from '../events.js';
import type { Timing } from '../model.js';

/**
 * Two births of one pid within this time are one birth, told twice. Start times in /proc count in ticks of 10 ms, event times
 * are late by the delay of an event or of a launch, and no machine uses up all its pids in a second.
 */
export const SAME_PROCESS: Nanoseconds = 1e9;

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
