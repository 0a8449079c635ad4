/** Parses pm2's amounts. Pure. */
import type { Origin } from '../model.js';

export type OriginOf = (word: string) => Origin;

/** Returns milliseconds: a number, or a text that ends in h, m or s. */
export function durationOf(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && value >= 0 ? Math.min(value, 1e10) : undefined;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(ms|[hms])?$/.exec(value.trim()) : null;
  if (match === null) return undefined;
  const factor = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }[match[2] ?? 'ms'] ?? 1;
  return Math.min(Number(match[1]) * factor, 1e10);
}

/** Returns bytes: a number, or a text that ends in K, M or G. */
export function amountOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const match = typeof value === 'string' ? /^(\d+)\s*([KMG]?)B?$/i.exec(value.trim()) : null;
  if (match === null) return undefined;
  return Number(match[1]) * 1024 ** ' KMG'.indexOf(match[2]!.toUpperCase() || ' ');
}

/** Returns milliseconds as the seconds of a stanza. */
export function seconds(milliseconds: number): string {
  return String(Math.max(0.001, Math.round(milliseconds) / 1000));
}

/** Returns a whole number up to a million: a number, or a text of digits. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number <= 1_000_000
    ? number
    : undefined;
}
