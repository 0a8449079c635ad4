/** Formats times for people: absolute in the local time zone, and durations. */

/** Returns `2026-01-02 03:04:05` in the local time zone. */
export function localTime(timestamp: string): string {
  const time = new Date(timestamp);
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-');
  return `${date} ${clockTime(timestamp)}`;
}

/** Returns `03:04:05` in the local time zone. */
export function clockTime(timestamp: string): string {
  const time = new Date(timestamp);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** Returns `2026-01-02 03:04:05 (3 min ago)`. @param now milliseconds since 1970 */
export function pastTime(timestamp: string, now: number): string {
  return `${localTime(timestamp)} (${duration(now - Date.parse(timestamp))} ago)`;
}

/** Returns `2026-01-02 03:04:05 (in 3 min)`. @param now milliseconds since 1970 */
export function comingTime(timestamp: string, now: number): string {
  return `${localTime(timestamp)} (in ${duration(Date.parse(timestamp) - now)})`;
}

/** Returns the two largest units that are not zero: `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function duration(milliseconds: number): string {
  const { seconds, minutes, hours, days } = unitsOf(milliseconds);
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

/** Returns a duration with tenths of a second when they matter: `0.1 s`, `3 min`. */
export function briefly(milliseconds: number): string {
  return milliseconds < 10_000
    ? `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`
    : duration(milliseconds);
}

/** Returns a duration for the cell of a table: `13s`, `5m12s`, `2h05m`, `4d03h`. */
export function shortDuration(milliseconds: number): string {
  const { seconds, minutes, hours, days } = unitsOf(milliseconds);
  if (days > 0) return `${days}d${twoDigits(hours % 24)}h`;
  if (hours > 0) return `${hours}h${twoDigits(minutes % 60)}m`;
  return minutes > 0 ? `${minutes}m${twoDigits(seconds % 60)}s` : `${seconds}s`;
}

/** Returns the whole duration in each unit, rounded down. */
function unitsOf(milliseconds: number) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const whole = (unit: number): number => Math.floor(seconds / unit);
  return { seconds, minutes: whole(60), hours: whole(3600), days: whole(86_400) };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
