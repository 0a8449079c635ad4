/** What becomes of the tracker's verdicts besides what the core makes of them: they are logged, told, and shown in `status`. */
import type { Verdict } from '../tracker/verdict.js';
import type { JobRef } from './core/contract.js';
import type { FeedNews } from './feed/feed.js';
import { jobKey, jobLabel, jobOfKey } from './job-key.js';
import type { Ambiguity } from './remembered.js';
import type { Report } from './output/report.js';

export interface VerdictReportsOptions {
  readonly say: Report;
  readonly tell: (news: FeedNews) => void;
  /** which process is main was guessed, or is another one: what the job says of itself may settle it */
  readonly mainGuessed: (job: JobRef) => void;
}

export class VerdictReports {
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

  /** A new run begins, or the job is no more. */
  forget(job: JobRef): void {
    this.#ambiguous.delete(jobKey(job));
  }

  /** Takes note of a verdict: what the job says of itself may settle which process is main. */
  noted(said: Verdict): void {
    if (said.verdict === 'ambiguous') this.#ambiguous.set(said.job, said.candidates);
    else if (said.verdict === 'hand-off') this.#ambiguous.delete(said.job);
    else return;
    this.options.mainGuessed(jobOfKey(said.job));
  }

  /** Logs a verdict, and passes it on to the feed. */
  report(said: Verdict): void {
    const { verdict, pid, reason } = said;
    const { say, tell } = this.options;
    const job = jobOfKey(said.job);
    const main = `${jobLabel(job)} main process (${pid})`;
    if (said.verdict === 'ambiguous') {
      say('warn', `${main} is a guess among ${said.candidates.join(', ')}: ${reason}`);
    } else if (said.verdict === 'hand-off') {
      say('info', `${main} handed off to process ${said.to}: ${reason}`);
    }
    const refused = said.verdict === 'died' || said.verdict === 'ended' ? said.refused : undefined;
    if (refused !== undefined) say('warn', `${jobLabel(job)}: ${refused}`);
    const to = said.verdict === 'hand-off' ? { to: said.to } : {};
    tell({ type: 'verdict', job: job.name, instance: job.instance, verdict, pid, ...to, reason });
  }
}
