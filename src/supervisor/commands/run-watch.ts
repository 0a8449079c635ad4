/** Watches a job for a moment after a command, for whoever wants to know whether it has survived it. */
import type { Disposable } from '../../kernel/kernel.js';
import type { ExitReport, FeedEntry, FeedFilter, JobStatus } from '../api.js';
import type { JobRef } from '../core/contract.js';

export interface RunWatchOptions {
  readonly subscribe: (filter: FeedFilter, listener: (entry: FeedEntry) => void) => Disposable;
  /** undefined when there is no such job any more */
  readonly statusOf: (job: JobRef) => JobStatus | null;
  /** what it wrote last; nothing once it is gone */
  readonly lastLines: (job: JobRef) => readonly string[];
}

/** What has happened to main, and what the job wrote last. */
export interface Fate {
  readonly text: string;
  readonly output: readonly string[];
}

/**
 * Resolves after `milliseconds`, with undefined when main is up as before, or as soon as it is not, with what happened to it.
 * A main that has handed over to its successor is up.
 *
 * @param before the job as it was when nothing had happened yet
 */
export function watchRun(
  { subscribe, statusOf, lastLines }: RunWatchOptions,
  job: JobRef,
  before: JobStatus,
  milliseconds: number,
): Promise<Fate | undefined> {
  return new Promise((resolve) => {
    let output: readonly string[] = [];
    const look = (isOver = false): void => {
      const text = fateOf(statusOf(job), before);
      if (text === undefined && !isOver) return;
      clearTimeout(timer);
      feed.dispose();
      resolve(text === undefined ? undefined : { text, output });
    };
    const timer = setTimeout(() => look(true), milliseconds);
    const feed = subscribe({ types: ['state', 'verdict'] }, (entry) => {
      // the status follows when the present input has been taken in as a whole
      if (entry.job !== job.name || (entry.instance ?? '') !== job.instance) return;
      const lines = lastLines(job);
      if (lines.length > 0) output = lines;
      setImmediate(look);
    });
    look();
  });
}

function fateOf(now: JobStatus | null, before: JobStatus): string | undefined {
  if (now === null) return 'the job is gone';
  const { exit } = now;
  if (exit !== null && exit.at !== before.exit?.at) {
    return `main process${before.main === null ? '' : ` (${before.main})`} ${howItEnded(exit)}`;
  }
  if (now.goal === 'stop' && before.goal !== 'stop') return now.failure ?? 'the job was stopped';
  return undefined;
}

function howItEnded(exit: ExitReport): string {
  if ('signal' in exit) return `was ended by signal ${exit.signal}`;
  return 'status' in exit ? `ended with status ${exit.status}` : 'ended';
}
