/** Counts runs of jobs since this program began, for metrics only: no decision depends on them. */
import { Histogram, type HistogramView } from '../histogram.js';
import type { EndStatus } from './wait-status.js';

/** The counters of one class. Instances come and go with ever new names, so they share counters. */
export interface RunCounts {
  /** number of mains started */
  starts: number;
  /** number of mains that ended, by status */
  readonly ends: Map<EndStatus, number>;
}

export interface CoreCounts {
  /** by class */
  readonly runs: ReadonlyMap<string, RunCounts>;
  /** seconds from the end of a main to the start of the next one */
  readonly restartTimes: HistogramView;
}

/**
 * Seconds. foster respawns within some milliseconds. Longer times are due to the job: its remaining processes
 * have to end (`kill timeout`), a post-stop hook runs, or it is in backoff.
 */
const RESTART_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export function noRuns(): RunCounts {
  return { starts: 0, ends: new Map() };
}

export function noRestartTimes(): Histogram {
  return new Histogram(RESTART_BUCKETS);
}
