/** Which scheduled job is to be started when. Pure: times are milliseconds since 1970, and nobody reads a clock here. */
import { timesOf, type Times } from '../../jobfile/crontab.js';

interface Entry {
  readonly schedule: string;
  readonly times: Times;
  /** undefined: never again */
  next: number | undefined;
}

/**
 * How far the clock may be set, or the machine be suspended, without changing what is due: times that were left out are
 * then made up for by one start, and times that come twice count once. That is what cron(8) does, and for the same
 * reason: summer time and small corrections lose and repeat nothing. Beyond it the new time is simply the time.
 */
export const LARGEST_CORRECTION = 3 * 60 * 60 * 1000;

export class Timetable {
  readonly #entries = new Map<string, Entry>();

  /**
   * Takes over what the job files say now; a schedule that has not changed keeps its next time.
   * @param schedules by job, each as the job file's parser has let it pass
   */
  follow(schedules: ReadonlyMap<string, string>, now: number): void {
    for (const name of [...this.#entries.keys()]) if (!schedules.has(name)) this.#entries.delete(name);
    for (const [name, schedule] of schedules) {
      if (this.#entries.get(name)?.schedule === schedule) continue;
      const times = timesOf(schedule);
      this.#entries.set(name, { schedule, times, next: nextOf(times, now) });
    }
  }

  /** When the next job is due. */
  get earliest(): number | undefined {
    const nexts = [...this.#entries.values()].flatMap(({ next }) => next ?? []);
    return nexts.length === 0 ? undefined : Math.min(...nexts);
  }

  next(name: string): number | undefined {
    return this.#entries.get(name)?.next;
  }

  /** The jobs that are due, each once, however many of its times have passed. */
  takeDue(now: number): readonly string[] {
    const due = [...this.#entries].filter(([, { next }]) => next !== undefined && next <= now);
    for (const [, entry] of due) entry.next = nextOf(entry.times, now);
    return due.map(([name]) => name);
  }

  /** @param by how much later it has become at once */
  clockChanged(by: number, now: number): void {
    if (Math.abs(by) <= LARGEST_CORRECTION) return;
    for (const entry of this.#entries.values()) entry.next = nextOf(entry.times, now);
  }
}

function nextOf(times: Times, now: number): number | undefined {
  return times.next(new Date(now))?.getTime();
}
