/**
 * The times of crontab(5). croner reads the fields and knows the calendar; what the clock does to them is decided here, as
 * cron(8) has it: an entry with a `*` in its minutes or hours goes by the clock as it is, so that a time in a gap is left out
 * and a time that comes twice counts twice; any other entry comes once on its day, at the end of the gap where its time
 * falls into one. (croner itself loses such times of lists, and days whose gap crosses midnight.)
 */
import { Cron } from 'croner';

export interface Times {
  /** The first of these times that is later; undefined when there is none (30 February). In the time zone of this process. */
  next(after: Date): Date | undefined;
}

/** Milliseconds that local time is ahead of UTC at a moment, milliseconds since 1970. */
export type OffsetAt = (moment: number) => number;

/** The shape of a time of crontab(5); croner's further forms (seconds, `L`, `#`) are not for job files. */
const SHAPE =
  /^(?:@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)|[\dA-Za-z*,/-]+(?: [\dA-Za-z*,/-]+){4})$/;

/** No zone changes its clock twice within so long: Morocco does before and after Ramadan. */
const STEP = 7 * 24 * 3_600_000;

/**
 * @param text five fields, or a word with `@`
 * @param offsetAt the time zone; by default that of this process
 * @throws RangeError which says what is wrong with it
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
    // without a function to call, croner sets no timer; in UTC it is a calendar alone
    return new Cron(text, { paused: true, timezone: 'UTC' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RangeError(reason.replace(/^CronPattern: /, ''), { cause: error });
  }
}

interface Entry {
  /** the next time of the entry after one, both as a clock on the wall shows them, as if that were UTC */
  readonly nextWall: (wall: number) => number | undefined;
  readonly offsetAt: OffsetAt;
  /** it comes once on its day, whatever the clock does */
  readonly isFixed: boolean;
}

/** A clock goes back by an hour or less; a zone that changes sides of the date line goes back by a day. */
const LONGEST_REPEAT = 24 * 3_600_000;

/** Goes from one change of the clock to the next until a time of the entry comes before it. */
function nextMoment({ nextWall, offsetAt, isFixed }: Entry, after: number): number | undefined {
  let [since, offset] = [after, offsetAt(after)];
  let from = after + offset;
  const earlier = changeBetween(after - LONGEST_REPEAT, after, offsetAt);
  // in the hour that comes twice, what an entry has had in the first is over
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
    // what a fixed entry has had before the clock went back does not come again
    const begin = isFixed ? Math.max(change + offset, change + changed) : change + changed;
    [since, offset, from] = [change, changed, begin - 1000];
  }
}

/** The first moment after `since`, up to `until`, from which on local time is another distance from UTC. */
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
