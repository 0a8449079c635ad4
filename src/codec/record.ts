/**
 * Objects with named fields. Each field is declared once: its type, how it is saved or why it is not, and its
 * initial value. The type of the object follows from the declaration, so a new field is one line.
 *
 *      export const run = record({
 *        launcher: variable(nullable(jobProcess), { initial: undefined }),
 *        ready: variable(boolean, { initial: false }),             changes, and starts with this value
 *        goalSince: field(age, { name: 'goalAge' }),               saved under another name
 *        shortages: variable(count, { initial: 0, isNew: true }),  files of former versions lack it
 *        key: transient('follows from the reference', ({ ref }: Named) => jobKey(ref)),
 *      });
 *      export type Run = Recorded<typeof run>;
 *      const first = run.create({});
 *
 * A hand-written type, such as a union that contains itself, is declared by `recordOf<Type>({ … })`, which
 * does not compile if a field is missing.
 */
import { literal, type Codec } from './codec.js';
import { asObject, type JsonObject } from './containers.js';
import { locate, mismatch } from './decode-error.js';
import type {
  AnyCodec,
  ContextOf,
  ContextOfKinds,
  Declarations,
  Declared,
  FieldsOf,
  Fitting,
  Given,
  Initial,
  Inlined,
  Optional,
  RecordCodec,
  Saved,
  Starting,
  Transient,
  Variant,
} from './declaration.js';

export type { RecordCodec } from './declaration.js';

/** A codec that also makes new objects. */
export interface Model<Of> extends RecordCodec<Declared<Of>, ContextOf<Of>> {
  /** @param given fields without an initial value, and other values for those with one */
  readonly create: (given: Given<Of>) => Declared<Of>;
  readonly initial: Initial<Of>;
}

/** The type of a declaration. */
export type Recorded<Of extends AnyCodec> = ReturnType<Of['read']>;

/**
 * Declares an object, whose type follows from the declaration. Unknown fields in the JSON are ignored: a
 * later version may have written them.
 *
 * @param make makes the empty object to fill; for objects that others refer to before they are read
 */
export function record<Of extends Declarations>(
  fields: Of & Fitting<Of>,
  make?: (context: ContextOf<Of>) => object,
): Model<Of> {
  const entries = Object.entries(fields) as unknown as Entries;
  const initial: Parts = {};
  for (const [key, declared] of entries)
    if ('begin' in declared && declared.isStarting === true)
      initial[key] = declared.begin!(initial, undefined);
  const begin = beginner(entries);
  return {
    ...codecOf<Declared<Of>, ContextOf<Of>>(entries, make),
    initial: initial as Initial<Of>,
    create: (given) => begin(given) as Declared<Of>,
  };
}

/** Declares how to save an object whose type is declared elsewhere. */
export function recordOf<Value extends object, Context = unknown>(
  fields: FieldsOf<Value, Context>,
  make?: (context: Context) => object,
): RecordCodec<Value, Context> {
  return codecOf(Object.entries(fields) as unknown as Entries, make);
}

type Parts = Record<string, unknown>;

/** The declarations with their types erased: the compiler has checked them before. */
type AnyField = (
  | Codec<unknown>
  | Saved<unknown, unknown, unknown>
  | Optional<unknown, unknown>
  | Inlined<unknown, unknown>
  | Transient<unknown, unknown, unknown>
) &
  Partial<Starting>;

type Entries = readonly (readonly [string, AnyField])[];

function codecOf<Value, Context>(
  entries: Entries,
  make: (context: Context) => object = () => ({}),
): RecordCodec<Value, Context> {
  return {
    write: (value, context) => {
      const json: Parts = {};
      for (const [key, declared] of entries)
        writeField(json, key, declared, (value as JsonObject)[key], context, value);
      return json;
    },
    read: (json, context) => {
      const source = asObject(json);
      const value = make(context) as Parts;
      for (const [key, declared] of entries) readField(value, key, declared, source, context);
      return value as Value;
    },
  };
}

/** Returns a function that makes new objects: omitted fields get their initial values. */
function beginner(entries: Entries): (given: object) => Parts {
  const shapes = new Shapes();
  const mayBeAbsent = entries.filter(([, declared]) => !('begin' in declared)).map(([key]) => key);
  return (given) => {
    const absent = mayBeAbsent.filter((key) => !Object.hasOwn(given, key));
    const value = shapes.make(absent.join(), () =>
      entries.map(([key]) => key).filter((key) => !absent.includes(key)),
    );
    for (const [key, declared] of entries) {
      if (Object.hasOwn(given, key)) value[key] = (given as Parts)[key];
      else if ('begin' in declared) value[key] = declared.begin?.(value, undefined);
    }
    return value;
  };
}

/**
 * Makes objects whose fields are set afterwards. V8 uses one hidden class for all objects that JSON.parse
 * makes from one text. An object filled field by field becomes a hash table beyond a dozen fields (1.6 KB for
 * a job instead of 0.3 KB), and a spread in rarely executed code gives each object its own hidden class.
 */
class Shapes {
  readonly #texts = new Map<string, string>();

  make(shape: string, names: () => readonly string[]): Parts {
    let text = this.#texts.get(shape);
    if (text === undefined) {
      text = `{${names()
        .map((name) => `"${name}":null`)
        .join()}}`;
      this.#texts.set(shape, text);
    }
    return JSON.parse(text) as Parts;
  }
}

function writeField(
  json: Parts,
  key: string,
  declared: AnyField,
  value: unknown,
  context: unknown,
  whole: unknown,
): void {
  if (!('kind' in declared)) {
    json[key] = declared.write(value, context);
    return;
  }
  switch (declared.kind) {
    case 'saved':
      json[declared.name ?? key] = declared.write(value, context, whole);
      return;
    case 'optional':
      if (value !== undefined) json[key] = declared.codec.write(value, context);
      return;
    case 'inlined':
      Object.assign(json, declared.codec.write(value, context));
      return;
    case 'transient':
      return;
  }
}

function readField(
  whole: Parts,
  key: string,
  declared: AnyField,
  source: JsonObject,
  context: unknown,
): void {
  if (!('kind' in declared)) {
    whole[key] = readAt(key, source, (json) => declared.read(json, context));
    return;
  }
  switch (declared.kind) {
    case 'saved': {
      const { name = key, whenAbsent } = declared;
      whole[key] =
        whenAbsent !== undefined && !Object.hasOwn(source, name)
          ? whenAbsent(whole, context)
          : readAt(name, source, (json) => declared.read(json, context, whole));
      return;
    }
    case 'optional':
      if (Object.hasOwn(source, key))
        whole[key] = readAt(key, source, (json) => declared.codec.read(json, context));
      return;
    case 'inlined':
      whole[key] = declared.codec.read(source, context);
      return;
    case 'transient':
      whole[key] = declared.begin(whole, context);
      return;
  }
}

function readAt(name: string, source: JsonObject, read: (json: unknown) => unknown): unknown {
  try {
    // JSON has no inherited fields, but a plain object inherits `constructor`
    return read(Object.hasOwn(source, name) ? source[name] : undefined);
  } catch (error) {
    throw locate(error, name);
  }
}

/** Writes a table as a list, with the key next to the fields of the value. */
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

/**
 * Accepts one of several kinds of object, distinguished by a field: `variant('by', { tcp: { port }, exec: {
 * command: string } })`.
 * @param kinds the other fields of each kind
 */
export function variant<Tag extends string, Of extends Readonly<Record<string, Declarations>>>(
  tag: Tag,
  kinds: Of & { readonly [Kind in keyof Of]: Fitting<Of[Kind]> },
): Codec<Variant<Tag, Of>, ContextOfKinds<Of>> {
  const codecs = new Map(
    Object.entries(kinds).map(([kind, fields]) => {
      const all = { [tag]: literal(kind), ...(fields as object) };
      return [kind, codecOf<object, unknown>(Object.entries(all) as unknown as Entries)];
    }),
  );
  return {
    write: (value, context) => codecs.get(value[tag])!.write(value, context),
    read: (json, context) => {
      const kind = asObject(json)[tag];
      const codec = typeof kind === 'string' ? codecs.get(kind) : undefined;
      if (codec !== undefined) return codec.read(json, context) as Variant<Tag, Of>;
      try {
        return mismatch(`one of ${[...codecs.keys()].join(', ')}`, kind);
      } catch (error) {
        throw locate(error, tag);
      }
    },
  };
}
