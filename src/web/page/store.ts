/** The data of the page. */
import type { JobView, StreamMessage, UsagePoint } from '../wire.js';

export class Store {
  readonly jobs = new Map<string, JobView>();
  readonly usage = new Map<string, UsagePoint[]>();
  /** milliseconds by which the server's clock is ahead of the browser's */
  #ahead = 0;
  /** milliseconds of usage to show */
  window = 5 * 60_000;
  host = '';
  version = '';
  mayAct = false;
  /** whether foster answers, and whether it shows more than the list */
  isUp = true;
  isOwner = true;
  /** whether all jobs have arrived since the stream began */
  isComplete = false;

  /** Returns the server's time in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  usageOf(title: string): readonly UsagePoint[] {
    return this.usage.get(title) ?? [];
  }

  /** Takes a message. @returns the jobs that changed */
  take(message: StreamMessage): readonly JobView[] {
    if (!('kind' in message)) return [];
    switch (message.kind) {
      case 'hello':
        this.#ahead = message.now - Date.now();
        ({ window: this.window, host: this.host, version: this.version, mayAct: this.mayAct } = message);
        return [];
      case 'foster':
        ({ isUp: this.isUp, isOwner: this.isOwner } = message);
        return [];
      case 'jobs':
        return this.#takeJobs(message.jobs, message.isAll);
      case 'usage-history':
        this.usage.clear();
        for (const [title, points] of Object.entries(message.usage)) this.usage.set(title, [...points]);
        return [];
      case 'usage':
        this.#addUsage(message.at, message.usage);
        return [];
      case 'entries':
      case 'processes':
      case 'process-entries':
      case 'story':
      case 'log':
      case 'log-fault':
        return [];
    }
  }

  #takeJobs(jobs: readonly JobView[], isAll: boolean): readonly JobView[] {
    const changed = jobs.filter((job) => {
      const before = this.jobs.get(job.title);
      return before !== undefined && before.condition !== job.condition;
    });
    if (isAll) {
      this.jobs.clear();
      this.isComplete = true;
    }
    for (const job of jobs) this.jobs.set(job.title, job);
    return changed;
  }

  #addUsage(at: number, usage: Readonly<Record<string, readonly [number | null, number]>>): void {
    for (const [title, [cpu, memory]] of Object.entries(usage)) {
      const points = this.usage.get(title) ?? [];
      points.push([at, cpu, memory]);
      this.usage.set(title, points);
    }
    for (const [title, points] of this.usage) {
      const first = points.findIndex((point) => point[0] >= at - this.window);
      if (first < 0) this.usage.delete(title);
      else if (first > 0) points.splice(0, first);
    }
  }
}
