/**
 * Turns the decisions of followers into verdicts. A run is checked after something happened to one of its
 * processes, and when a deadline that it waits for has passed.
 */
import { isMember, learnMembership } from '../lineage/belonging.js';
import { decide, type Decision } from './decision.js';
import type { DetachWatch } from '../lineage/detach-watch.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from './evidence.js';
import { setMain, deadlineOf } from './follower.js';
import type { Lineage } from '../lineage/lineage.js';
import type { Follower, Process } from '../model.js';
import type { Timing } from './timing.js';
import type { TrackedJob, TrackedJobs } from '../tracked-jobs.js';
import type { Verdict } from '../verdict.js';

interface ConclusionsOptions {
  readonly evidence: Evidence;
  readonly timing: Timing;
  readonly lineage: Lineage;
  readonly jobs: TrackedJobs;
  readonly leavers: DetachWatch;
  /** finds out what a new main runs, if its exec has not been read, or was read too early */
  readonly readProgram: (main: Process, upgraded: Process | undefined) => void;
  readonly report: (verdict: Verdict) => void;
}

export class Conclusions {
  /** jobs with news since the last `decide` */
  readonly #changed = new Set<TrackedJob>();

  constructor(private readonly options: ConclusionsOptions) {}

  changed(job: TrackedJob): void {
    this.#changed.add(job);
  }

  decide(now: Nanoseconds): void {
    const { jobs, timing } = this.options;
    this.#reportLeavers(now);
    for (const job of jobs.all()) {
      if (job.follower === undefined) continue;
      const isDue = (deadlineOf(job.follower, timing) ?? Infinity) <= now;
      if (isDue || this.#changed.has(job)) this.#conclude(job, job.follower, now);
    }
    this.#changed.clear();
  }

  deadline(): Nanoseconds | undefined {
    const { jobs, leavers, timing } = this.options;
    let earliest = leavers.due;
    for (const { follower } of jobs.all())
      if (follower !== undefined) earliest = Math.min(earliest, deadlineOf(follower, timing) ?? Infinity);
    return earliest === Infinity ? undefined : earliest;
  }

  get awaitsEvidence(): boolean {
    for (const { follower } of this.options.jobs.all())
      if (follower?.undecidedUntil !== undefined) return true;
    return false;
  }

  /**
   * Decides everything that can be decided about this run. A chain of hand-offs may be over before the first
   * is decided. The loop ends, because each hand-off leads to a process that was born later.
   */
  #conclude(job: TrackedJob, follower: Follower, now: Nanoseconds): void {
    const { evidence, timing, report, readProgram, lineage, jobs } = this.options;
    for (;;) {
      const decision = decide(follower, evidence, timing, now);
      switch (decision.kind) {
        case 'hand-off': {
          const { from, to, reason, isUpgrade } = decision;
          report({ verdict: 'hand-off', job: job.key, time: now, pid: from.pid, to: to.pid, reason });
          report({ verdict: 'main', job: job.key, time: now, pid: to.pid, reason });
          readProgram(to, isUpgrade ? from : undefined);
          continue;
        }
        case 'attach': {
          const { from, to, reason } = decision;
          const process = lineage.attach(to.pid, to.born, to.session, to.program);
          jobs.enter(job, process);
          setMain(follower, process, now);
          const handOff = {
            job: job.key,
            time: now,
            pid: from.pid,
            to: to.pid,
            reason,
            attached: true,
          } as const;
          report({ verdict: 'hand-off', ...handOff });
          report({ verdict: 'main', job: job.key, time: now, pid: to.pid, reason });
          continue;
        }
        case 'over':
          report(verdictOf(decision, job.key, follower, now));
          return;
        case 'tie':
          report(ambiguity(decision.candidates, job.key, follower, now));
          return;
        case 'wait':
        case 'nothing':
          return;
      }
    }
  }

  /** Reports the processes that have left their job's sessions, once they can no longer become main. */
  #reportLeavers(now: Nanoseconds): void {
    const { leavers, jobs, evidence, timing, report } = this.options;
    const gone = leavers.takeDetached(
      (process) => jobs.of(process)?.follower,
      (process, follower) => learnMembership(process, follower, evidence, timing, now),
      now,
    );
    for (const process of gone) {
      const job = jobs.of(process);
      if (job === undefined || !evidence.isAlive(process)) continue;
      const { key, follower } = job;
      if (follower !== undefined && isMember(process, follower, evidence, timing, now)) continue;
      const reason = 'it left the sessions of the job';
      report({ verdict: 'detached', job: key, time: now, pid: process.pid, reason });
    }
  }
}

function verdictOf(
  { verdict, status, reason, unclear, refused }: Extract<Decision, { kind: 'over' }>,
  job: string,
  { main }: Follower,
  time: Nanoseconds,
): Verdict {
  const isUnseen = status === undefined && main.ended?.notBefore !== undefined;
  const common = {
    ...{ job, time, pid: main.pid, status, reason },
    ...(isUnseen && ({ unseen: true } as const)),
    ...(refused !== undefined && { refused }),
  };
  if (verdict === 'ended') return { verdict, ...common };
  return { verdict, ...common, ...(unclear !== undefined && { unclear }) };
}

function ambiguity(
  candidates: readonly Process[],
  job: string,
  { main }: Follower,
  time: Nanoseconds,
): Verdict {
  return {
    ...{ verdict: 'ambiguous', job, time, pid: main.pid, candidates: candidates.map(({ pid }) => pid) },
    reason: 'several processes could be main, and their sessions do not tell them apart',
  };
}
