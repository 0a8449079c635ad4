/** The settings of a Compose service. Many values can be written in a short or in a long form. Pure. */
import type { Surroundings, Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import type { SourceOf } from './comments.js';

export type Values = Readonly<Record<string, unknown>>;

export interface ComposeService {
  readonly name: string;
  readonly values: Values;
  readonly path: string;
  readonly around: Surroundings;
  readonly source: SourceOf;
}

/** The input of a rule: the setting and its position. */
export interface Setting {
  readonly service: ServiceBuilder;
  readonly value: unknown;
  readonly origin: Origin;
  readonly compose: ComposeService;
}

export function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a text, also for YAML numbers and booleans. */
export function scalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

export function scalars(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((each) => scalar(each) ?? []);
}

/**
 * Returns variables from a map, or from a list of `KEY=VALUE`; a key alone takes its value from compose's
 * environment.
 */
export function variables(value: unknown): readonly (readonly [string, string | undefined])[] {
  if (isMap(value)) return Object.entries(value).map(([key, each]) => [key, scalar(each)] as const);
  return scalars(value).map((text) => {
    const equals = text.indexOf('=');
    return equals === -1
      ? ([text, undefined] as const)
      : ([text.slice(0, equals), text.slice(equals + 1)] as const);
  });
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Returns the seconds of `1m30s`; undefined if it is not a duration. */
export function duration(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const part = /(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)/y;
  let total = 0;
  do {
    const match = part.exec(value);
    if (match === null) return undefined;
    total += Number(match[1]) * UNITS[match[2]!]!;
  } while (part.lastIndex < value.length);
  return total;
}

/** Returns the bytes of `512m`; undefined if it is not an amount. */
export function amount(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([bkmg]?)b?$/i.exec(value.trim()) : null;
  if (match === null) return undefined;
  return Math.floor(Number(match[1]) * 1024 ** Math.max(0, 'bkmg'.indexOf(match[2]!.toLowerCase() || 'b')));
}
