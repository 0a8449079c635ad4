/** Parses the TIME of shutdown(8). */
import { UsageError } from '../initctl/failure.js';

/** Parses `now`, `+MINUTES`, `MINUTES` or `HH:MM`. @returns milliseconds from `now` on. @throws UsageError */
export function delayUntil(word: string, now: Date): number {
  if (word === 'now') return 0;
  const minutes = /^\+?(\d+)$/.exec(word)?.[1];
  if (minutes !== undefined) return Number(minutes) * 60_000;
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(word) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59)
    throw new UsageError(`illegal time value: ${word}`);
  const at = new Date(now);
  at.setHours(Number(hour), Number(minute), 0, 0);
  // a time that has passed today means tomorrow
  if (at <= now) at.setDate(at.getDate() + 1);
  return at.getTime() - now.getTime();
}

/**
 * Tests whether users are warned this many minutes before the end: rarely at first, then each minute, as in
 * Upstart.
 */
export function isWarningDue(minutes: number): boolean {
  if (minutes < 10) return true;
  if (minutes < 60) return minutes % 15 === 0;
  return minutes < 180 ? minutes % 30 === 0 : minutes % 60 === 0;
}
