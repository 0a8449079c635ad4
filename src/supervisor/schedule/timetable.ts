/**
 * Determines which scheduled job starts when. Pure: times are milliseconds since 1970, given as arguments.
 */
import { integer, string } from '../../codec/codec.js';
import { record, type Recorded } from '../../codec/record.js';
import { timesOf, type Times } from '../../jobfile/crontab.js';

/** From the job file. */
export interface Scheduled {
  /** validated by the job file's parser */
  readonly schedule: string;
  /** `schedule persistent`: one start makes up for all missed times */
  readonly isPersistent: boolean;
}

/** The range of Date, in milliseconds since 1970. */
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
  /** up to when all times have been handled */
  doneUntil: number;
  /** whether `doneUntil` is final: a new entry's may still be in the saved file */
  isKnown: boolean;
}

/**
 * The largest change of the clock, or suspension, that is treated as a correction: skipped times then lead to
 * one start, and repeated times count once. cron(8) does the same: so summer time and small corrections lose
 * and repeat nothing. After a larger change, the new time simply counts.
 */
export const MAX_CORRECTION = 3 * 60 * 60 * 1000;

export class Timetable {
  readonly #entries = new Map<string, Entry>();
  /** the saved file has been read, so that an entry not in it is new */
  #isRestored = false;

  /**
   * Uses the schedules of the present job files; an unchanged schedule keeps its next time.
   * @param schedules by job
   */
  setSchedules(schedules: ReadonlyMap<string, Scheduled>, now: number): void {
    for (const name of [...this.#entries.keys()]) if (!schedules.has(name)) this.#entries.delete(name);
    for (const [name, scheduled] of schedules) {
      const { schedule, isPersistent } = scheduled;
      const before = this.#entries.get(name);
      if (before?.schedule === schedule && before.isPersistent === isPersistent) continue;
      const times = timesOf(schedule);
      // a schedule changed while foster runs has missed nothing
      const isKnown = this.#isRestored || before !== undefined;
      const next = before?.schedule === schedule ? before.next : nextOf(times, now);
      this.#entries.set(name, { ...scheduled, times, next, doneUntil: now, isKnown });
    }
  }

  /**
   * Restores what a former supervisor has saved: everything due since then is due now. Schedules not in it
   * are new.
   */
  restore(saved: ReadonlyMap<string, SavedTimes>, now: number): void {
    this.#isRestored = true;
    for (const [name, entry] of this.#entries) {
      const { doneUntil, schedule } = saved.get(name) ?? {};
      // if the times have changed, it is unknown what was missed
      if (!entry.isKnown && entry.isPersistent && doneUntil !== undefined && schedule === entry.schedule) {
        entry.doneUntil = doneUntil;
        entry.next = nextAfter(entry, now);
      }
      entry.isKnown = true;
    }
  }

  /** Returns the part that outlives foster. */
  get saved(): ReadonlyMap<string, SavedTimes> {
    const persistent = [...this.#entries].filter(([, { isPersistent }]) => isPersistent);
    return new Map(persistent.map(([name, { schedule, doneUntil }]) => [name, { schedule, doneUntil }]));
  }

  /** Returns when the next job is due. */
  get earliest(): number | undefined {
    const nexts = [...this.#entries.values()].flatMap(({ next }) => next ?? []);
    return nexts.length === 0 ? undefined : Math.min(...nexts);
  }

  next(name: string): number | undefined {
    return this.#entries.get(name)?.next;
  }

  /** Returns the jobs that are due, each once, however many of its times have passed. */
  takeDue(now: number): readonly string[] {
    const due = [...this.#entries].filter(([, { next }]) => next !== undefined && next <= now);
    for (const [, entry] of due) {
      entry.next = nextOf(entry.times, now);
      entry.doneUntil = now;
      entry.isKnown = true;
    }
    return due.map(([name]) => name);
  }

  /** @param by how far the clock has jumped ahead */
  clockChanged(by: number, now: number): void {
    if (Math.abs(by) <= MAX_CORRECTION) return;
    for (const entry of this.#entries.values())
      entry.next = entry.isPersistent ? nextAfter(entry, now) : nextOf(entry.times, now);
  }
}

/**
 * Returns the next time of a persistent schedule; a past one if it was missed. If `doneUntil` is in the
 * future (the clock has been set back, or is not set yet: many small machines start in 1970), it is unknown
 * what was missed.
 */
function nextAfter({ times, doneUntil }: Entry, now: number): number | undefined {
  return nextOf(times, doneUntil - now > MAX_CORRECTION ? now : doneUntil);
}

function nextOf(times: Times, now: number): number | undefined {
  return times.next(new Date(now))?.getTime();
}
