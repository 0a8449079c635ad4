/** Parses the argument of `--since`: a time of day, a date, or how long ago. Pure. */

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const AGO = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d)$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

export const SINCE_FORMS = '10s, 5min, 2h, 1d, 14:30, 14:30:05, or 2026-01-02T03:04:05';

/**
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970, for a time of day its latest occurrence; undefined if the text has none
 * of `SINCE_FORMS`
 */
export function parseSince(text: string, now: number): number | undefined {
  const [, amount, unit] = AGO.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return now - Number(amount) * UNITS[unit]!;
  const [, hours, minutes, seconds = '0'] = CLOCK.exec(text) ?? [];
  if (hours !== undefined) return latest(Number(hours), Number(minutes), Number(seconds), now);
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : date;
}

function latest(hours: number, minutes: number, seconds: number, now: number): number | undefined {
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const time = new Date(now);
  time.setHours(hours, minutes, seconds, 0);
  if (time.getTime() > now) time.setDate(time.getDate() - 1);
  return time.getTime();
}
