/** What is counted of the runs of jobs since this program began, for metrics: nothing is decided by it. */
import { Histogram, type HistogramView } from '../histogram.js';
import type { EndStatus } from './wait-status.js';

/** Of one class. Instances come and go under ever new names, so they are counted together. */
export interface RunCounts {
  /** mains that were started */
  starts: number;
  /** ends of mains: how often with each status */
  readonly ends: Map<EndStatus, number>;
}

export interface CoreCounts {
  /** by class */
  readonly runs: ReadonlyMap<string, RunCounts>;
  /** from the end of a main to the start of the next one, seconds */
  readonly restartTimes: HistogramView;
}

/**
 * Seconds. A respawn takes foster some milliseconds; what lasts longer is the job's doing: what is left of its last run has to
 * end (`kill timeout`), a post-stop hook runs, or it is backing off.
 */
const RESTART_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export function noRuns(): RunCounts {
  return { starts: 0, ends: new Map() };
}

export function noRestartTimes(): Histogram {
  return new Histogram(RESTART_BUCKETS);
}
