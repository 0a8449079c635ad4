/**
 * The order in which jobs are stopped: a job before those that it needs, and otherwise all at the same time, last
 * started first. Pure.
 */
import type { ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { compileGlob } from '../core/events/glob.js';

/** A job that has not ended. */
export interface RemainingJob {
  readonly key: string;
  readonly class: JobClass;
}

interface StopStep<Job extends RemainingJob> {
  readonly job: Job;
  /** the length of the chain of stops that starts with this one; it may take its share of the remaining time */
  readonly stepsLeft: number;
}

/**
 * @param jobs in the order in which they were started
 * @returns the jobs that no other job needs, last started first
 */
export function nextToStop<Job extends RemainingJob>(jobs: readonly Job[]): readonly StopStep<Job>[] {
  const earlier = new EarlierJobs<Job>();
  const needs = new Map<Job, readonly Job[]>();
  for (const job of jobs) {
    needs.set(job, earlier.neededBy(job.class));
    earlier.add(job);
  }
  const needed = new Set([...needs.values()].flat());
  // the jobs that a job needs precede it in the list, so their steps are known
  const steps = new Map<Job, number>();
  for (const [job, others] of needs)
    steps.set(job, 1 + Math.max(0, ...others.map((other) => steps.get(other) ?? 0)));
  const free = jobs.filter((job) => !needed.has(job));
  return free.reverse().map((job) => ({ job, stepsLeft: steps.get(job) ?? 1 }));
}

/** An index by name: with hundreds of jobs, each of them is looked up whenever some have ended. */
class EarlierJobs<Job extends RemainingJob> {
  readonly #byName = new Map<string, Job[]>();

  add(job: Job): void {
    const { name } = job.class;
    const present = this.#byName.get(name);
    if (present === undefined) this.#byName.set(name, [job]);
    else present.push(job);
  }

  /** Returns the jobs that were started earlier and that this one needs. So two jobs never wait for each other. */
  neededBy({ name, requires, after, startOn }: JobClass): readonly Job[] {
    const patterns = startOn === undefined ? [] : startedJobs(startOn);
    const named = new Set([...requires, ...after, ...patterns.filter((one) => !isGlob(one))]);
    const globs = patterns.filter(isGlob).map(compileGlob);
    if (globs.length > 0)
      for (const other of this.#byName.keys()) if (globs.some((matches) => matches(other))) named.add(other);
    named.delete(name);
    return [...named].flatMap((other) => this.#byName.get(other) ?? []);
  }
}

function isGlob(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

/** Returns the jobs in `started JOB=x` and `started x`. `starting x` means before x, so it does not count. */
function startedJobs(expression: ExpectedEvents): readonly string[] {
  if (expression.kind !== 'event') return [...startedJobs(expression.left), ...startedJobs(expression.right)];
  if (expression.name !== 'started') return [];
  // JOB is the first variable of the event, so an operand without a key means it (Upstart section 3.5)
  return expression.matches
    .filter(
      ({ key, negated }, place) => negated !== true && (key === 'JOB' || (key === undefined && place === 0)),
    )
    .map(({ pattern }) => pattern);
}
