/**
 * The times of crontab(5). croner parses the fields and knows the calendar. Changes of the clock are handled
 * here, as in cron(8): an entry with a `*` in its minutes or hours follows the clock, so a time in a gap is
 * skipped and a repeated time counts twice. Any other entry runs once on its day, at the end of the gap if
 * its time falls into one. (croner itself loses such times of lists, and days whose gap crosses midnight.)
 */
import { Cron } from 'croner';
import { messageOf } from '../text/phrases.js';

export interface Times {
  /**
   * Returns the first of these times after `after`; undefined if there is none (30 February). In the time
   * zone of this process.
   */
  next(after: Date): Date | undefined;
}

/** Returns how many milliseconds local time is ahead of UTC at a time (milliseconds since 1970). */
export type OffsetAt = (moment: number) => number;

/** The form of crontab(5); croner's other forms (seconds, `L`, `#`) are not accepted in job files. */
const SHAPE =
  /^(?:@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)|[\dA-Za-z*,/-]+(?: [\dA-Za-z*,/-]+){4})$/;

/** No zone changes its clock twice within this time: Morocco does before and after Ramadan. */
const STEP = 7 * 24 * 3_600_000;

/**
 * @param text five fields, or a word with `@`
 * @param offsetAt the time zone; by default that of this process
 * @throws RangeError that says what is wrong
 */
export function timesOf(text: string, offsetAt: OffsetAt = localOffset): Times {
  if (!SHAPE.test(text)) throw new RangeError('it has not that form');
  const pattern = readPattern(text);
  const [minutes = '', hours = ''] = text.split(' ');
  const isFixed = text === '@hourly' ? false : !minutes.includes('*') && !hours.includes('*');
  const nextWall = (wall: number): number | undefined => pattern.nextRun(new Date(wall))?.getTime();
  return {
    next: (after) => {
      const moment = nextMoment({ nextWall, offsetAt, isFixed }, after.getTime());
      return moment === undefined ? undefined : new Date(moment);
    },
  };
}

function localOffset(moment: number): number {
  return -new Date(moment).getTimezoneOffset() * 60_000;
}

function readPattern(text: string): Cron {
  try {
    // without a function to call, croner sets no timer; in UTC it is only a calendar
    return new Cron(text, { paused: true, timezone: 'UTC' });
  } catch (error) {
    const reason = messageOf(error);
    throw new RangeError(reason.replace(/^CronPattern: /, ''), { cause: error });
  }
}

interface Entry {
  /** the entry's next time after one, both as shown by a wall clock, treated as UTC */
  readonly nextWall: (wall: number) => number | undefined;
  readonly offsetAt: OffsetAt;
  /** it runs once on its day, whatever the clock does */
  readonly isFixed: boolean;
}

/** A clock goes back by an hour or less; a zone that crosses the date line goes back by a day. */
const LONGEST_REPEAT = 24 * 3_600_000;

/** Goes from one change of the clock to the next until a time of the entry precedes it. */
function nextMoment({ nextWall, offsetAt, isFixed }: Entry, after: number): number | undefined {
  let [since, offset] = [after, offsetAt(after)];
  let from = after + offset;
  const earlier = changeBetween(after - LONGEST_REPEAT, after, offsetAt);
  // in the repeated hour, a run in the first pass counts
  if (isFixed && earlier !== undefined) from = Math.max(from, earlier + offsetAt(earlier - 1) - 1000);
  for (;;) {
    const wall = nextWall(from);
    if (wall === undefined) return undefined;
    const moment = wall - offset;
    const change = changeBetween(since, moment, offsetAt);
    if (change === undefined) return moment;
    const changed = offsetAt(change);
    const isInGap = wall >= change + offset && wall < change + changed;
    if (isFixed && isInGap) return change;
    // a fixed entry that ran before the clock went back does not run again
    const begin = isFixed ? Math.max(change + offset, change + changed) : change + changed;
    [since, offset, from] = [change, changed, begin - 1000];
  }
}

/** Returns the first time after `since`, up to `until`, from which local time has another offset from UTC. */
function changeBetween(since: number, until: number, offsetAt: OffsetAt): number | undefined {
  const before = offsetAt(since);
  for (let low = since; low < until; low += STEP) {
    let high = Math.min(low + STEP, until);
    if (offsetAt(high) === before) continue;
    let known = low;
    while (high - known > 1) {
      const middle = Math.floor((known + high) / 2);
      if (offsetAt(middle) === before) known = middle;
      else high = middle;
    }
    return high;
  }
  return undefined;
}
