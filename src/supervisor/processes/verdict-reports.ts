/** What becomes of the tracker's verdicts besides what the core makes of them: they are logged, told, and shown in `status`. */
import type { Verdict } from '../../tracker/verdict.js';
import type { JobRef } from '../core/contract.js';
import type { Feed } from '../feed/feed.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import type { Ambiguity } from '../status/remembered.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import type { Readiness } from '../readiness/readiness.js';

export interface VerdictReportsOptions {
  readonly report: Report;
  readonly feed: Pick<Feed, 'publish'>;
  /** which process is main was guessed, or is another one: what the job says of itself may settle it */
  readonly readiness: Pick<Readiness, 'mainGuessed'>;
}

export class VerdictReports implements Part {
  /** what the follower could not tell apart, by job, until main changes */
  readonly #ambiguous = new Map<string, readonly number[]>();

  constructor(private readonly options: VerdictReportsOptions) {}

  /** Candidates of the tie in which the job's main was guessed. */
  ambiguityOf(job: JobRef): readonly number[] | undefined {
    return this.#ambiguous.get(jobKey(job));
  }

  get all(): readonly Ambiguity[] {
    return [...this.#ambiguous].map(([key, candidates]) => ({ job: jobOfKey(key), candidates }));
  }

  /** After a re-exec. */
  restore(ambiguities: readonly Ambiguity[]): void {
    for (const { job, candidates } of ambiguities) this.#ambiguous.set(jobKey(job), candidates);
  }

  /** A new run has a main that nobody has had to guess. */
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

  /** Takes note of a verdict: what the job says of itself may settle which process is main. */
  noted(said: Verdict): void {
    if (said.verdict === 'ambiguous') this.#ambiguous.set(said.job, said.candidates);
    else if (said.verdict === 'hand-off') this.#ambiguous.delete(said.job);
    else return;
    this.options.readiness.mainGuessed(jobOfKey(said.job));
  }

  /** Logs a verdict, and passes it on to the feed. */
  report(said: Verdict): void {
    const { verdict, pid, reason } = said;
    const { report, feed } = this.options;
    const job = jobOfKey(said.job);
    const main = `${jobLabel(job)} main process (${pid})`;
    if (said.verdict === 'ambiguous') {
      report('warn', `${main} is a guess among ${said.candidates.join(', ')}: ${reason}`);
    } else if (said.verdict === 'hand-off') {
      report('info', `${main} handed off to process ${said.to}: ${reason}`);
    }
    const refused = said.verdict === 'died' || said.verdict === 'ended' ? said.refused : undefined;
    if (refused !== undefined) report('warn', `${jobLabel(job)}: ${refused}`);
    const to = said.verdict === 'hand-off' ? { to: said.to } : {};
    feed.publish({ type: 'verdict', job: job.name, instance: job.instance, verdict, pid, ...to, reason });
  }
}
