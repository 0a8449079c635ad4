/** Reports the tracker's verdicts: in the log, in the feed and in `status`. */
import type { Verdict } from '../../tracker/verdict.js';
import type { JobRef } from '../core/contract.js';
import type { Feed } from '../feed/feed.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import type { Ambiguity } from '../status/saved-status.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import type { Readiness } from '../readiness/readiness.js';

interface VerdictReportsOptions {
  readonly report: Report;
  readonly feed: Pick<Feed, 'publish'>;
  /** main was guessed, or has changed; the job's PID file or MAINPID may decide who it is */
  readonly readiness: Pick<Readiness, 'mainGuessed'>;
}

export class VerdictReports implements Part {
  /** the candidates that the follower could not tell apart, by job, until main changes */
  readonly #ambiguous = new Map<string, readonly number[]>();

  constructor(private readonly options: VerdictReportsOptions) {}

  /** Returns the candidates, if the job's main was guessed. */
  ambiguityOf(job: JobRef): readonly number[] | undefined {
    return this.#ambiguous.get(jobKey(job));
  }

  get all(): readonly Ambiguity[] {
    return [...this.#ambiguous].map(([key, candidates]) => ({ job: jobOfKey(key), candidates }));
  }

  /** Restores the reports after a re-exec. */
  restoreAfterReexec(ambiguities: readonly Ambiguity[]): void {
    for (const { job, candidates } of ambiguities) this.#ambiguous.set(jobKey(job), candidates);
  }

  /** At the start of a new run, main is known for certain. */
  readonly effects = {
    'job-changed': {
      act: ({ job, from, to }) => {
        if (from !== to && to === 'starting') this.jobGone(job);
      },
    },
  } satisfies Effects<'job-changed'>;

  jobGone(job: JobRef): void {
    this.#ambiguous.delete(jobKey(job));
  }

  /** Remembers an ambiguous main, until it changes. */
  note(verdict: Verdict): void {
    if (verdict.verdict === 'ambiguous') this.#ambiguous.set(verdict.job, verdict.candidates);
    else if (verdict.verdict === 'hand-off') this.#ambiguous.delete(verdict.job);
    else return;
    this.options.readiness.mainGuessed(jobOfKey(verdict.job));
  }

  /** Logs a verdict and publishes it in the feed. */
  report(verdict: Verdict): void {
    const { verdict: kind, pid, reason } = verdict;
    const { report, feed } = this.options;
    const job = jobOfKey(verdict.job);
    const main = `${jobLabel(job)} main process (${pid})`;
    if (verdict.verdict === 'ambiguous') {
      report('warn', `${main} is a guess among ${verdict.candidates.join(', ')}: ${reason}`);
    } else if (verdict.verdict === 'hand-off') {
      report('info', `${main} handed off to process ${verdict.to}: ${reason}`);
    }
    const refused = verdict.verdict === 'died' || verdict.verdict === 'ended' ? verdict.refused : undefined;
    if (refused !== undefined) report('warn', `${jobLabel(job)}: ${refused}`);
    const to = verdict.verdict === 'hand-off' ? { to: verdict.to } : {};
    feed.publish({
      type: 'verdict',
      job: job.name,
      instance: job.instance,
      verdict: kind,
      pid,
      ...to,
      reason,
    });
  }
}
