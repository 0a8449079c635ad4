/** What foster counts about jobs and itself, for metrics. */
import { describeStatus } from '../kernel/process/signals.js';
import type { CoreCounts, RunCounts } from './core/counts.js';
import { isKnown, type EndStatus } from './core/wait-status.js';
import type { HistogramView } from './histogram.js';

export interface Measures {
  /** by class, all of its instances together */
  readonly runs: readonly RunMeasures[];
  /** from the end of a main to the start of the next one, seconds */
  readonly restartTimes: HistogramView;
  /** by how much timers of jobs were late, seconds: how long the event loop was blocked */
  readonly timerLateness: HistogramView;
}

interface RunMeasures {
  readonly job: string;
  /** number of mains started */
  readonly starts: number;
  /** number of mains that ended; `status` is `0`, `1`, `SEGV` or `unknown` */
  readonly exits: readonly { readonly status: string; readonly count: number }[];
}

export function measures({ runs, restartTimes }: CoreCounts, timerLateness: HistogramView): Measures {
  return { runs: Array.from(runs, ([job, counts]) => ofClass(job, counts)), restartTimes, timerLateness };
}

function ofClass(job: string, { starts, ends }: RunCounts): RunMeasures {
  // a signal counts once, whether or not it dumped core
  const exits = new Map<string, number>();
  for (const [status, count] of ends) {
    const text = statusText(status);
    exits.set(text, (exits.get(text) ?? 0) + count);
  }
  return { job, starts, exits: Array.from(exits, ([status, count]) => ({ status, count })) };
}

function statusText(status: EndStatus): string {
  if (!isKnown(status)) return 'unknown';
  const ending = describeStatus(status);
  return 'signal' in ending ? ending.signal : `${ending.status}`;
}
