/** Amounts for people. */
import { shortDuration } from './time.js';

const UNITS = ['B', 'K', 'M', 'G', 'T'];

/** `512K`, `1.5M`: bytes in powers of 1024, with at most three digits. */
export function bytes(amount: number): string {
  let [value, unit] = [amount, 0];
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit === 0 || value >= 10 ? String(Math.round(value)) : value.toFixed(1);
  return `${text}${UNITS[unit]!}`;
}

/** `0.42 s`, `13 s`, `2 min 5 s` of processor time */
export function processorTime(microseconds: number): string {
  const seconds = microseconds / 1e6;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** The same for the cell of a table: `0.42s`, `13s`, `2m05s`, `3h20m` */
export function shortProcessorTime(microseconds: number): string {
  return microseconds < 10e6 ? `${(microseconds / 1e6).toFixed(2)}s` : shortDuration(microseconds / 1000);
}
