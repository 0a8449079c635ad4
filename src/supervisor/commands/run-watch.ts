/** Watches a job for a moment after a command, to find out whether it stays up. */
import type { Disposable } from '../../kernel/kernel.js';
import type { FeedEntry, FeedFilter } from '../api/feed.js';
import type { ExitReport, JobStatus } from '../api/job-status.js';
import type { JobRef } from '../core/contract.js';

interface RunWatchOptions {
  readonly subscribe: (filter: FeedFilter, listener: (entry: FeedEntry) => void) => Disposable;
  /** null if the job does not exist any more */
  readonly statusOf: (job: JobRef) => JobStatus | null;
  /** the last lines that it wrote; none once it is gone */
  readonly lastLines: (job: JobRef) => readonly string[];
}

/** What happened to main, and the job's last lines. */
interface FailedRun {
  readonly text: string;
  readonly output: readonly string[];
}

/**
 * Resolves with undefined if main is still up after `milliseconds`; a main that handed off to a successor counts as
 * up. Otherwise it resolves as soon as main has ended or the job was stopped.
 *
 * @param before the job's status before the command
 */
export function watchRun(
  { subscribe, statusOf, lastLines }: RunWatchOptions,
  job: JobRef,
  before: JobStatus,
  milliseconds: number,
): Promise<FailedRun | undefined> {
  return new Promise((resolve) => {
    let output: readonly string[] = [];
    const look = (isOver = false): void => {
      const text = failureOf(statusOf(job), before);
      if (text === undefined && !isOver) return;
      clearTimeout(timer);
      feed.dispose();
      resolve(text === undefined ? undefined : { text, output });
    };
    const timer = setTimeout(() => look(true), milliseconds);
    const feed = subscribe({ types: ['state', 'verdict'] }, (entry) => {
      // the status is up to date only when the current input has been handled completely
      if (entry.job !== job.name || (entry.instance ?? '') !== job.instance) return;
      const lines = lastLines(job);
      if (lines.length > 0) output = lines;
      setImmediate(look);
    });
    look();
  });
}

function failureOf(now: JobStatus | null, before: JobStatus): string | undefined {
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
