/**
 * In which order jobs are stopped: whoever needs another one before that one, everything else at the same time, what was
 * started last first. Pure.
 */
import type { ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { compileGlob } from '../core/events/glob.js';

/** A job that is still there. */
export interface StandingJob {
  readonly key: string;
  readonly class: JobClass;
}

export interface StopStep<Job extends StandingJob> {
  readonly job: Job;
  /** how many stops come one after the other from this one on, itself included: it may take that part of the time left */
  readonly stepsLeft: number;
}

/**
 * @param jobs in the order in which they were started
 * @returns those that nothing else needs, last started first
 */
export function nextToStop<Job extends StandingJob>(jobs: readonly Job[]): readonly StopStep<Job>[] {
  const earlier = new EarlierJobs<Job>();
  const needs = new Map<Job, readonly Job[]>();
  for (const job of jobs) {
    needs.set(job, earlier.neededBy(job.class));
    earlier.add(job);
  }
  const needed = new Set([...needs.values()].flat());
  // those that a job needs come before it in the list, so their own steps are known
  const steps = new Map<Job, number>();
  for (const [job, others] of needs)
    steps.set(job, 1 + Math.max(0, ...others.map((other) => steps.get(other) ?? 0)));
  const free = jobs.filter((job) => !needed.has(job));
  return free.reverse().map((job) => ({ job, stepsLeft: steps.get(job) ?? 1 }));
}

/** By name, since with hundreds of jobs this is asked for each of them whenever some have ended. */
class EarlierJobs<Job extends StandingJob> {
  readonly #byName = new Map<string, Job[]>();

  add(job: Job): void {
    const { name } = job.class;
    const present = this.#byName.get(name);
    if (present === undefined) this.#byName.set(name, [job]);
    else present.push(job);
  }

  /** Jobs that started before and whose being up is a condition of this one's; so two jobs never wait for each other. */
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

/** `started JOB=x`, `started x`, and `starting x`, which means before x and so says nothing: only the first two. */
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
