/**
 * Writes a value as plain JSON, and reads it back from untrusted JSON. Both directions are in one place, so
 * they cannot diverge.
 *
 * The context holds what a value refers to but does not contain: a clock for ages, a table of events
 * referenced by number. Most codecs need none.
 */
import { DecodeError, mismatch } from './decode-error.js';

/**
 * The functions are properties and not methods, so that the compiler checks their parameters: a codec that
 * knows fewer values than the field may have is an error.
 */
export interface Codec<Value, Context = unknown> {
  /** Converts the value to JSON. Undefined means that nothing is written. */
  readonly write: (value: Value, context: Context) => unknown;
  /** @throws DecodeError if it is not what `write` makes */
  readonly read: (json: unknown, context: Context) => Value;
}

/** Makes a codec for a value that JSON holds unchanged. */
function plain<Value>(expected: string, fits: (json: unknown) => json is Value): Codec<Value> {
  return { write: (value) => value, read: (json) => (fits(json) ? json : mismatch(expected, json)) };
}

/** JSON has a negative zero, which no writer makes from it again: it is read as zero. */
function numeric(expected: string, fits: (json: unknown) => json is number): Codec<number> {
  const { write, read } = plain(expected, fits);
  return { write, read: (json, context) => read(json, context) + 0 };
}

export const string = plain('a string', (json) => typeof json === 'string');
export const boolean = plain('true or false', (json) => typeof json === 'boolean');
/**
 * Three thousand years, in milliseconds. A larger time is a damaged one, and has no date: `toISOString`
 * throws beyond 8.64e15 ms.
 */
const LONGEST = 1e14;

/** A point in time or a duration; may be negative. */
export const milliseconds = within('milliseconds', LONGEST);
export const nanoseconds = within('nanoseconds', LONGEST * 1e6);

/** Excludes Infinity, which is what 1e999 is read as. */
function within(unit: string, most: number): Codec<number> {
  const fits = (json: unknown): json is number => typeof json === 'number' && Math.abs(json) <= most;
  return numeric(`a number of ${unit}`, fits);
}

/** Finite: JSON has neither NaN nor Infinity, but 1e999 is read as Infinity. */
export const number = numeric('a number', (json): json is number => Number.isFinite(json));
export const amount = numeric(
  'a number of at least 0',
  (json): json is number => Number.isFinite(json) && (json as number) >= 0,
);

/** Accepts an integer that a double represents exactly. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER, name = 'an integer'): Codec<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const fits = (json: unknown): json is number =>
    Number.isSafeInteger(json) && (json as number) >= min && (json as number) <= max;
  return numeric(`${name} ${range}`, fits);
}

/** A counter. */
export const count = integer(0);
/** A file descriptor. Linux allows at most 2^30 (fs.nr_open). */
export const descriptor = integer(0, 2 ** 30, 'a file descriptor');
/**
 * A process id. Linux has none above PID_MAX_LIMIT (2^22). A larger number would be truncated to 32 bits in
 * kill(2), and might hit a stranger.
 */
export const pid = integer(1, 2 ** 22, 'a process id');

/** Accepts one of a few texts. */
export function literal<const Value extends string | number | boolean>(
  ...values: readonly Value[]
): Codec<Value> {
  const expected = values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.join(', ')}`;
  return plain(expected, (json): json is Value => (values as readonly unknown[]).includes(json));
}

/** Adds a check beyond the type. */
export function checked<Value, Context>(
  codec: Codec<Value, Context>,
  expected: string,
  holds: (value: Value, context: Context) => boolean,
): Codec<Value, Context> {
  return {
    write: (value, context) => codec.write(value, context),
    read: (json, context) => {
      const value = codec.read(json, context);
      return holds(value, context) ? value : mismatch(expected, json);
    },
  };
}

/** Writes undefined as null. */
export function nullable<Value, Context>(codec: Codec<Value, Context>): Codec<Value | undefined, Context> {
  return {
    write: (value, context) => (value === undefined ? null : codec.write(value, context)),
    read: (json, context) => (json === null ? undefined : codec.read(json, context)),
  };
}

/** Omits undefined; reads null as undefined, too. */
export function absentable<Value, Context>(codec: Codec<Value, Context>): Codec<Value | undefined, Context> {
  return {
    write: (value, context) => (value === undefined ? undefined : codec.write(value, context)),
    read: (json, context) => (json === undefined || json === null ? undefined : codec.read(json, context)),
  };
}

/** Makes a codec for a value that is written as another one. */
export function converted<Value, Written, Context = unknown>(
  codec: Codec<Written, Context>,
  to: (value: Value, context: Context) => Written,
  from: (written: Written, context: Context) => Value,
): Codec<Value, Context> {
  return {
    write: (value, context) => codec.write(to(value, context), context),
    read: (json, context) => from(codec.read(json, context), context),
  };
}

/** Anything: other code reads it. */
export const opaque: Codec<unknown> = {
  write: (value) => value,
  read: (json) => (json === undefined ? mismatch('a value', json) : json),
};

/** @throws DecodeError also if the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DecodeError('', 'JSON', `other text (${error.message})`);
  }
}
