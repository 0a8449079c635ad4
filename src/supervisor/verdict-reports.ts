/** What becomes of the tracker's verdicts besides what the core makes of them: they are logged, told, and shown in `status`. */
import type { Verdict } from '../tracker/verdict.js';
import type { JobRef } from './core/contract.js';
import type { FeedNews } from './feed/feed.js';
import { jobKey, jobLabel, jobOfKey } from './job-key.js';
import type { Ambiguity } from './remembered.js';
import type { Report } from './output/report.js';
import type { ReportLane } from './report-lane.js';

export interface VerdictReportsOptions {
  readonly lane: Pick<ReportLane, 'add'>;
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

  report(said: Verdict): void {
    const { verdict, pid, reason } = said;
    const { lane, say, tell, mainGuessed } = this.options;
    const job = jobOfKey(said.job);
    const main = `${jobLabel(job)} main process (${pid})`;
    if (said.verdict === 'ambiguous') {
      this.#ambiguous.set(said.job, said.candidates);
      say('warn', `${main} is a guess among ${said.candidates.join(', ')}: ${reason}`);
    } else if (said.verdict === 'hand-off') {
      this.#ambiguous.delete(said.job);
      say('info', `${main} handed off to process ${said.to}: ${reason}`);
    }
    if (verdict === 'ambiguous' || verdict === 'hand-off') mainGuessed(job);
    const to = said.verdict === 'hand-off' ? { to: said.to } : {};
    lane.add(() =>
      tell({ type: 'verdict', job: job.name, instance: job.instance, verdict, pid, ...to, reason }),
    );
  }
}
