/** The TIME of shutdown(8). */
import { UsageError } from '../initctl/failure.js';

/** @returns milliseconds from `now` on: `now`, `+MINUTES`, `MINUTES` or `HH:MM`. @throws UsageError */
export function delayUntil(word: string, now: Date): number {
  if (word === 'now') return 0;
  const minutes = /^\+?(\d+)$/.exec(word)?.[1];
  if (minutes !== undefined) return Number(minutes) * 60_000;
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(word) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59)
    throw new UsageError(`illegal time value: ${word}`);
  const at = new Date(now);
  at.setHours(Number(hour), Number(minute), 0, 0);
  // a time that has passed today is meant for tomorrow
  if (at <= now) at.setDate(at.getDate() + 1);
  return at.getTime() - now.getTime();
}

/** When everybody is warned before the end, in minutes: seldom at first, each minute at last, as Upstart does. */
export function isWarningDue(minutes: number): boolean {
  if (minutes < 10) return true;
  if (minutes < 60) return minutes % 15 === 0;
  return minutes < 180 ? minutes % 30 === 0 : minutes % 60 === 0;
}
