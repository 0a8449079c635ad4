/**
 * Decides whether and when main is respawned: Upstart's `respawn limit` (section 4.1.4) and foster's backoff.
 */
import { respawnIntervalOf } from '../../../jobfile/job-class/defaults.js';
import type { JobClass } from '../../../jobfile/job-class/job-class.js';
import type { RespawnDelay } from '../../../jobfile/job-class/values.js';
import type { Milliseconds } from '../contract.js';
import { field } from '../../../codec/field.js';
import { count, nullable } from '../../../codec/codec.js';
import { since } from '../model/clock.js';
import { record, type Recorded } from '../../../codec/record.js';

export const respawnRecord = record({
  /** when the window of `count` began */
  windowStart: field(nullable(since), { name: 'windowAge', initial: undefined }),
  count: field(count, { initial: 0 }),
  /** consecutive respawns of runs that did not last; the backoff grows with it */
  inARow: field(count, { initial: 0 }),
  /** all respawns of the instance, for status */
  total: field(count, { initial: 0 }),
});
interface RespawnRecord extends Recorded<typeof respawnRecord> {}

export const NO_RESPAWNS: RespawnRecord = respawnRecord.create({});

type RespawnDecision =
  | { readonly kind: 'respawn'; readonly delay: Milliseconds; readonly record: RespawnRecord }
  | { readonly kind: 'too-fast'; readonly record: RespawnRecord };

/**
 * Decides after a failure of main.
 *
 * The window of the limit starts with a respawn. A respawn after the end of the window starts a new one;
 * others are counted, and one more than the limit is too many. So the default allows exactly ten, and a zero
 * in either number means no limit. The pauses of `respawn delay auto` do not count towards the window:
 * otherwise a job that crashes at once would never reach a limit of ten in five seconds.
 *
 * @param ranFor how long main had lived
 * @param now milliseconds; Upstart counts in whole seconds and is off by up to one
 */
export function decideRespawn(
  jobClass: Pick<JobClass, 'respawnLimit' | 'respawnInterval' | 'respawnDelay'>,
  record: RespawnRecord,
  ranFor: Milliseconds,
  now: Milliseconds,
): RespawnDecision {
  const limit = jobClass.respawnLimit;
  const interval = respawnIntervalOf(jobClass) * 1000;
  const newWindow = record.windowStart === undefined || now - record.windowStart > interval;
  const count = newWindow ? 1 : record.count + 1;
  const windowStart = newWindow ? now : record.windowStart;
  const lasted = jobClass.respawnDelay !== undefined && ranFor >= jobClass.respawnDelay.resetAfter * 1000;
  const inARow = lasted ? 0 : record.inARow;
  if (limit > 0 && interval > 0 && count > limit) {
    return { kind: 'too-fast', record: { ...record, windowStart, count, inARow } };
  }
  const delay = delayAfter(jobClass.respawnDelay, inARow);
  const uncounted = jobClass.respawnDelay?.firstAtOnce === true ? delay : 0;
  return {
    kind: 'respawn',
    delay,
    record: {
      windowStart: windowStart + uncounted,
      count,
      inARow: inARow + 1,
      total: record.total + 1,
    },
  };
}

/**
 * The backoff for shortages: processes end and memory is freed within moments, or not for long. So the first
 * retry is soon, and later ones become rarer.
 */
const SHORTAGE_BACKOFF: RespawnDelay = { first: 0.1, cap: 10, resetAfter: 0 };

/** Returns the delay after this many consecutive attempts that failed for lack of a resource. */
export function delayAfterShortage(inARow: number): Milliseconds {
  return delayAfter(SHORTAGE_BACKOFF, inARow);
}

/** Limits the doublings: more are beyond any cap, and the number must stay finite. */
const MAX_DOUBLINGS = 40;

/** Doubles from `first` to `cap`. */
function delayAfter(delay: RespawnDelay | undefined, respawnsInARow: number): Milliseconds {
  if (delay === undefined) return 0;
  const doublings = respawnsInARow - (delay.firstAtOnce === true ? 1 : 0);
  if (doublings < 0) return 0;
  return Math.min(delay.first * 2 ** Math.min(doublings, MAX_DOUBLINGS), delay.cap) * 1000;
}
