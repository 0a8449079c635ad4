/** Which scheduled job is to be started when. Pure: times are milliseconds since 1970, and nobody reads a clock here. */
import { integer, string } from '../../codec/codec.js';
import { record, type Recorded } from '../../codec/record.js';
import { timesOf, type Times } from '../../jobfile/crontab.js';

/** What a job file says. */
export interface Scheduled {
  /** as the job file's parser has let it pass */
  readonly schedule: string;
  /** `schedule persistent`: times that were missed are made up for by one start */
  readonly isPersistent: boolean;
}

/** As far as Date reaches, in milliseconds since 1970. */
const MAX_TIME = 8.64e15;

export const savedTimes = record({
  schedule: string,
  /** all times up to this one have been handled, milliseconds since 1970 */
  doneUntil: integer(-MAX_TIME, MAX_TIME, 'milliseconds since 1970'),
});
/** What is saved of a persistent schedule. */
export interface SavedTimes extends Recorded<typeof savedTimes> {}

interface Entry extends Scheduled {
  readonly times: Times;
  /** undefined: never again */
  next: number | undefined;
  /** up to when all times have been seen to */
  doneUntil: number;
  /** whether `doneUntil` is known for good: a new entry's may be in the saved file still */
  isKnown: boolean;
}

/**
 * How far the clock may be set, or the machine be suspended, without changing what is due: times that were left out are
 * then made up for by one start, and times that come twice count once. That is what cron(8) does, and for the same
 * reason: summer time and small corrections lose and repeat nothing. Beyond it the new time is simply the time.
 */
export const MAX_CORRECTION = 3 * 60 * 60 * 1000;

export class Timetable {
  readonly #entries = new Map<string, Entry>();
  /** what was saved has been read, so that an entry which is not there is a new one */
  #isRestored = false;

  /**
   * Takes over what the job files say now; a schedule that has not changed keeps its next time.
   * @param schedules by job
   */
  setSchedules(schedules: ReadonlyMap<string, Scheduled>, now: number): void {
    for (const name of [...this.#entries.keys()]) if (!schedules.has(name)) this.#entries.delete(name);
    for (const [name, scheduled] of schedules) {
      const { schedule, isPersistent } = scheduled;
      const before = this.#entries.get(name);
      if (before?.schedule === schedule && before.isPersistent === isPersistent) continue;
      const times = timesOf(schedule);
      // one that has been changed while foster runs has missed nothing
      const isKnown = this.#isRestored || before !== undefined;
      const next = before?.schedule === schedule ? before.next : nextOf(times, now);
      this.#entries.set(name, { ...scheduled, times, next, doneUntil: now, isKnown });
    }
  }

  /** Takes over what a former foster has saved: what is due since then is due now. What is not in it is new. */
  restore(saved: ReadonlyMap<string, SavedTimes>, now: number): void {
    this.#isRestored = true;
    for (const [name, entry] of this.#entries) {
      const { doneUntil, schedule } = saved.get(name) ?? {};
      // with other times than these nobody can say what was missed
      if (!entry.isKnown && entry.isPersistent && doneUntil !== undefined && schedule === entry.schedule) {
        entry.doneUntil = doneUntil;
        entry.next = nextAfter(entry, now);
      }
      entry.isKnown = true;
    }
  }

  /** What is to outlive foster. */
  get saved(): ReadonlyMap<string, SavedTimes> {
    const persistent = [...this.#entries].filter(([, { isPersistent }]) => isPersistent);
    return new Map(persistent.map(([name, { schedule, doneUntil }]) => [name, { schedule, doneUntil }]));
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
    for (const [, entry] of due) {
      entry.next = nextOf(entry.times, now);
      entry.doneUntil = now;
      entry.isKnown = true;
    }
    return due.map(([name]) => name);
  }

  /** @param by how much later it has become at once */
  clockChanged(by: number, now: number): void {
    if (Math.abs(by) <= MAX_CORRECTION) return;
    for (const entry of this.#entries.values())
      entry.next = entry.isPersistent ? nextAfter(entry, now) : nextOf(entry.times, now);
  }
}

/**
 * The next time of a persistent schedule, in the past if it was missed. What was done in the future (the clock has been set
 * back, or is not set yet: many small machines begin in 1970) tells nothing of what has been missed.
 */
function nextAfter({ times, doneUntil }: Entry, now: number): number | undefined {
  return nextOf(times, doneUntil - now > MAX_CORRECTION ? now : doneUntil);
}

function nextOf(times: Times, now: number): number | undefined {
  return times.next(new Date(now))?.getTime();
}
