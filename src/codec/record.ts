/**
 * Codecs of objects with named fields. Each field of the type is declared once: how it is saved, or why it is not. A field
 * that is missing in the declaration does not compile.
 *
 *      record<Job, CoreContext>({
 *        goal: literal(...GOALS),                                  saved under its own name
 *        goalSince: field(age, { name: 'goalAge' }),               saved under another name
 *        shortages: field(count, { whenAbsent: () => 0 }),         files of former versions do not have it
 *        key: transient('follows from the reference', ({ ref }) => jobKey(ref)),
 *      })
 */
import type { Codec } from './codec.js';
import { asObject, type JsonObject } from './containers.js';
import { locate, mismatch } from './decode-error.js';

/** A field that is saved under one key. */
interface Saved<Value, Context, Whole> {
  readonly kind: 'saved';
  readonly name: string | undefined;
  readonly write: (value: Value, context: Context, whole: Whole) => unknown;
  readonly read: (json: unknown, context: Context, whole: Whole) => Value;
  readonly whenAbsent: ((whole: Whole, context: Context) => Value) | undefined;
}

/** A field that the object may lack, in memory as in JSON. */
interface Optional<Value, Context> {
  readonly kind: 'optional';
  readonly codec: Codec<Value, Context>;
}

/** A field whose own fields stand beside the others. */
interface Inlined<Value, Context> {
  readonly kind: 'inlined';
  readonly codec: RecordCodec<Value, Context>;
}

/** A field that is not saved. */
interface Transient<Value, Context, Whole> {
  readonly kind: 'transient';
  /** why nothing is lost with it */
  readonly reason: string;
  readonly initial: (whole: Whole, context: Context) => Value;
}

/** An optional field that is not saved. */
interface Dropped {
  readonly kind: 'dropped';
  readonly reason: string;
}

type RequiredField<Value, Context, Whole> =
  | Codec<Value, Context>
  | Saved<Value, Context, Whole>
  | Inlined<Value, Context>
  | Transient<Value, Context, Whole>;

type IsOptional<Whole, Key extends keyof Whole> = object extends Pick<Whole, Key> ? true : false;

/** One declaration for each field of the type. */
export type Fields<Whole, Context> = {
  readonly [Key in keyof Whole]-?: IsOptional<Whole, Key> extends true
    ? Optional<Exclude<Whole[Key], undefined>, Context> | Dropped
    : RequiredField<Whole[Key], Context, Whole>;
};

export interface RecordCodec<Value, Context = unknown> extends Codec<Value, Context> {
  readonly write: (value: Value, context: Context) => JsonObject;
}

interface FieldOptions<Value, Context, Whole> {
  /** under which it is saved, where that is not its own name */
  readonly name?: string;
  /** what it is where the JSON does not have it: it was written by a version that did not know it */
  readonly whenAbsent?: (whole: Whole, context: Context) => Value;
}

export function field<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  { name, whenAbsent }: FieldOptions<Value, Context, Whole>,
): Saved<Value, Context, Whole> {
  return {
    kind: 'saved',
    name,
    write: (value, context) => codec.write(value, context),
    read: (json, context) => codec.read(json, context),
    whenAbsent,
  };
}

/**
 * A field that is read with regard to others.
 * @param read gets the object with the fields that are declared before this one
 */
export function linked<Value, Context, Whole>(
  name: string,
  write: (value: Value, context: Context, whole: Whole) => unknown,
  read: (json: unknown, context: Context, whole: Whole) => Value,
): Saved<Value, Context, Whole> {
  return { kind: 'saved', name, write, read, whenAbsent: undefined };
}

export function optional<Value, Context>(codec: Codec<Value, Context>): Optional<Value, Context> {
  return { kind: 'optional', codec };
}

export function inlined<Value, Context>(codec: RecordCodec<Value, Context>): Inlined<Value, Context> {
  return { kind: 'inlined', codec };
}

/**
 * A field that is not saved.
 * @param initial what it is in an object that has been read; it gets the fields that are declared before this one
 */
export function transient<Value, Context, Whole>(
  reason: string,
  initial: (whole: Whole, context: Context) => Value,
): Transient<Value, Context, Whole> {
  return { kind: 'transient', reason, initial };
}

/** An optional field that is not saved, and is not there after reading. */
export function dropped(reason: string): Dropped {
  return { kind: 'dropped', reason };
}

/** The declarations with their types erased: that they fit is what `Fields` has checked. */
type AnyField =
  | Codec<unknown>
  | Saved<unknown, unknown, unknown>
  | Optional<unknown, unknown>
  | Inlined<unknown, unknown>
  | Transient<unknown, unknown, unknown>
  | Dropped;

/**
 * Fields that the JSON has beside the declared ones are ignored: a later version may have written them.
 *
 * @param make makes the empty object that is filled; for objects to which others refer before they are read
 */
export function record<Value extends object, Context = unknown>(
  fields: Fields<Value, Context>,
  make: (context: Context) => object = () => ({}),
): RecordCodec<Value, Context> {
  const declared = Object.entries(fields) as unknown as readonly (readonly [string, AnyField])[];
  return {
    write: (value, context) => {
      const json: Record<string, unknown> = {};
      for (const [key, declaration] of declared) {
        writeField(json, key, declaration, (value as JsonObject)[key], context, value);
      }
      return json;
    },
    read: (json, context) => {
      const source = asObject(json);
      const value = make(context) as Record<string, unknown>;
      for (const [key, declaration] of declared) readField(value, key, declaration, source, context);
      return value as Value;
    },
  };
}

function writeField(
  json: Record<string, unknown>,
  key: string,
  declaration: AnyField,
  value: unknown,
  context: unknown,
  whole: unknown,
): void {
  if (!('kind' in declaration)) {
    json[key] = declaration.write(value, context);
    return;
  }
  switch (declaration.kind) {
    case 'saved':
      json[declaration.name ?? key] = declaration.write(value, context, whole);
      return;
    case 'optional':
      if (value !== undefined) json[key] = declaration.codec.write(value, context);
      return;
    case 'inlined':
      Object.assign(json, declaration.codec.write(value, context));
      return;
    case 'transient':
    case 'dropped':
      return;
  }
}

function readField(
  whole: Record<string, unknown>,
  key: string,
  declaration: AnyField,
  source: JsonObject,
  context: unknown,
): void {
  if (!('kind' in declaration)) {
    whole[key] = readAt(key, source, (json) => declaration.read(json, context));
    return;
  }
  switch (declaration.kind) {
    case 'saved': {
      const name = declaration.name ?? key;
      const { whenAbsent } = declaration;
      whole[key] =
        whenAbsent !== undefined && !Object.hasOwn(source, name)
          ? whenAbsent(whole, context)
          : readAt(name, source, (json) => declaration.read(json, context, whole));
      return;
    }
    case 'optional':
      if (Object.hasOwn(source, key))
        whole[key] = readAt(key, source, (json) => declaration.codec.read(json, context));
      return;
    case 'inlined':
      whole[key] = declaration.codec.read(source, context);
      return;
    case 'transient':
      whole[key] = declaration.initial(whole, context);
      return;
    case 'dropped':
      return;
  }
}

function readAt(name: string, source: JsonObject, read: (json: unknown) => unknown): unknown {
  try {
    // JSON has no inherited fields, but `constructor` of a plain object is one
    return read(Object.hasOwn(source, name) ? source[name] : undefined);
  } catch (error) {
    throw locate(error, name);
  }
}

/** A table as a list, in which the key stands beside the fields of the value. */
export function keyed<Key extends string, Value extends object, Context>(
  name: string,
  key: Codec<Key>,
  value: RecordCodec<Value, Context>,
): Codec<Map<Key, Value>, Context> {
  return {
    write: (map, context) => [...map].map(([one, of]) => ({ [name]: one, ...value.write(of, context) })),
    read: (json, context) => {
      const map = new Map<Key, Value>();
      if (!Array.isArray(json)) return mismatch('a list', json);
      for (const [index, part] of json.entries()) {
        try {
          const one = readAt(name, asObject(part), (found) => key.read(found, undefined)) as Key;
          if (map.has(one)) mismatch(`each ${name} once`, one);
          map.set(one, value.read(part, context));
        } catch (error) {
          throw locate(error, index);
        }
      }
      return map;
    },
  };
}
