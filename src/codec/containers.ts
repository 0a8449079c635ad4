/** Codecs of values with parts of one kind. */
import type { Codec } from './codec.js';
import { locate, mismatch } from './decode-error.js';

/** JSON's term; the contents are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws DecodeError */
export function asObject(json: unknown): JsonObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  return mismatch('an object', json);
}

/** @throws DecodeError */
export function asList(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : mismatch('a list', json);
}

export function list<Value, Context>(element: Codec<Value, Context>): Codec<readonly Value[], Context> {
  return {
    write: (values, context) => values.map((value) => element.write(value, context)),
    read: (json, context) => {
      const values: Value[] = [];
      try {
        for (const part of asList(json)) values.push(element.read(part, context));
      } catch (error) {
        // an error about the list itself has no index
        throw Array.isArray(json) ? locate(error, values.length) : error;
      }
      return values;
    },
  };
}

/** Accepts an object with arbitrary keys. */
export function dictionary<Value, Context>(
  value: Codec<Value, Context>,
): Codec<Readonly<Record<string, Value>>, Context> {
  return {
    write: (values, context) =>
      Object.fromEntries(Object.entries(values).map(([name, one]) => [name, value.write(one, context)])),
    read: (json, context) => {
      const values: [string, Value][] = [];
      for (const [name, part] of Object.entries(asObject(json))) {
        try {
          values.push([name, value.read(part, context)]);
        } catch (error) {
          throw locate(error, name);
        }
      }
      return Object.fromEntries(values);
    },
  };
}

/** Accepts an object with some of these keys and no others. */
export function subset<Key extends string, Value, Context>(
  keys: readonly Key[],
  value: Codec<Value, Context>,
): Codec<Readonly<Partial<Record<Key, Value>>>, Context> {
  const all = dictionary(value);
  const expected = keys.join(', ');
  return {
    write: (values, context) => all.write(values as Readonly<Record<string, Value>>, context),
    read: (json, context) => {
      const values = all.read(json, context);
      const unknown = Object.keys(values).find((name) => !(keys as readonly string[]).includes(name));
      if (unknown !== undefined) return mismatch(`only ${expected} as keys`, unknown);
      return values as Readonly<Partial<Record<Key, Value>>>;
    },
  };
}

/**
 * Accepts a value that contains others of its own kind. The depth is limited, because reading a damaged file must
 * not overflow the stack.
 *
 * @param codec called for each level, because the value's codec refers to itself
 */
export function recursive<Value>(
  codec: () => Codec<Value>,
  { expected, deepest }: { readonly expected: string; readonly deepest: number },
): Codec<Value> {
  let depth = 0;
  return {
    write: (value, context) => codec().write(value, context),
    read: (json, context) => {
      if (depth >= deepest) return mismatch(`${expected} of at most ${deepest} levels`, json);
      depth += 1;
      try {
        return codec().read(json, context);
      } finally {
        depth -= 1;
      }
    },
  };
}
