/** Keeps what jobs used in the last minutes, for the sparklines. Pure. */
import type { JobUsage } from '../../supervisor/api/usage.js';
import { shareOf, type UsageSample } from '../../cli/format/usage.js';
import type { UsagePoint } from '../wire.js';
import { titleOf } from './job-view.js';

/** Milliseconds to keep. */
export const USAGE_WINDOW = 5 * 60_000;

/** After a longer pause between two samples, the CPU usage would be an average over too long a time. */
const LONGEST_PAUSE = 30_000;

export class UsageHistory {
  #before: UsageSample | undefined;
  readonly #points = new Map<string, UsagePoint[]>();

  /**
   * Takes one answer of /v1/usage.
   * @param at milliseconds of a steady clock
   * @param now milliseconds since 1970
   * @returns the newest values, by title
   */
  add(jobs: readonly JobUsage[], at: number, now: number): Record<string, readonly [number | null, number]> {
    const sample: UsageSample = { jobs, at };
    const before =
      this.#before !== undefined && at - this.#before.at <= LONGEST_PAUSE ? this.#before : undefined;
    this.#before = sample;
    const former = new Map(before?.jobs.map((job) => [titleOf(job), job]));
    const newest: Record<string, readonly [number | null, number]> = {};
    for (const job of jobs) {
      // a job without a process uses nothing, and gets no point
      if (job.tasks === 0) continue;
      const title = titleOf(job);
      const one = former.get(title);
      const against = before === undefined || one === undefined ? undefined : { jobs: [one], at: before.at };
      const share = shareOf(job, sample, against);
      const cpu = share === undefined ? null : Math.round(share * 10) / 10;
      newest[title] = [cpu, job.memory];
      const points = this.#points.get(title) ?? [];
      points.push([now, cpu, job.memory]);
      this.#points.set(title, points);
    }
    this.#forget(now - USAGE_WINDOW);
    return newest;
  }

  all(): Record<string, readonly UsagePoint[]> {
    return Object.fromEntries(this.#points);
  }

  #forget(until: number): void {
    for (const [title, points] of this.#points) {
      const first = points.findIndex(([at]) => at >= until);
      if (first < 0) this.#points.delete(title);
      else if (first > 0) points.splice(0, first);
    }
  }
}
