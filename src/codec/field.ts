/** Declares the fields of an object (see record.ts). */
import type { Codec } from './codec.js';
import type { Changing, Inlined, Optional, RecordCodec, Saved, Starting, Transient } from './declaration.js';

interface FieldOptions<Value, Context, Whole> {
  /** its key in JSON, if different from its own name */
  readonly name?: string;
  /** its value if the JSON lacks it: an older version has written it */
  readonly whenAbsent?: (whole: Whole, context: Context) => Value;
}

interface InitialOption<Value> {
  /** its value in a new object; a function makes one for each */
  readonly initial: Value | (() => Value);
  /** files of former versions lack it: it then has its initial value */
  readonly isNew?: true;
}

/** Declares a saved field. With `initial`, `create` does not require it. */
export function field<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  options: FieldOptions<NoInfer<Value>, Context, Whole> & InitialOption<NoInfer<Value>>,
): Saved<Value, Context, Whole> & Starting;
export function field<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  options: FieldOptions<NoInfer<Value>, Context, Whole>,
): Saved<Value, Context, Whole>;
export function field<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  options: FieldOptions<Value, Context, Whole> & Partial<InitialOption<Value>>,
): Saved<Value, Context, Whole> & Partial<Starting> {
  const saved = {
    kind: 'saved',
    name: options.name,
    write: (value: Value, context: Context) => codec.write(value, context),
    read: (json: unknown, context: Context) => codec.read(json, context),
    whenAbsent: options.whenAbsent,
    begin: undefined,
  } as const;
  if (!Object.hasOwn(options, 'initial')) return saved;
  const { initial } = options as InitialOption<Value>;
  // no value is a function: JSON has none
  const begin = typeof initial === 'function' ? (initial as () => Value) : (): Value => initial;
  return { ...saved, begin, isStarting: true, ...(options.isNew === true && { whenAbsent: begin }) };
}

/** Declares a saved field that changes while the object lives. */
export function variable<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  options: FieldOptions<NoInfer<Value>, Context, Whole> & InitialOption<NoInfer<Value>>,
): Saved<Value, Context, Whole> & Starting & Changing;
export function variable<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  options?: FieldOptions<NoInfer<Value>, Context, Whole>,
): Saved<Value, Context, Whole> & Changing;
export function variable<Value, Context, Whole>(
  codec: Codec<Value, Context>,
  options: FieldOptions<Value, Context, Whole> = {},
): Saved<Value, Context, Whole> & Changing {
  return changing(field(codec, options));
}

/** Marks any declaration as changing: the other fields are readonly. */
export function changing<Field extends object>(declared: Field): Field & Changing {
  return { ...declared, isChanging: true };
}

/**
 * Declares a field with a default, which is written only if it differs.
 * @param initial compared by ===; of lists and objects only the empty one can be a default
 */
export function setting<Value, Context>(
  codec: Codec<Value, Context>,
  initial: NoInfer<Value>,
): Saved<Value, Context, unknown> & Starting {
  const isInitial = (value: Value): boolean => value === initial || (isEmpty(initial) && isEmpty(value));
  const begin = (): Value => initial;
  return {
    kind: 'saved',
    name: undefined,
    write: (value, context) => (isInitial(value) ? undefined : codec.write(value, context)),
    read: (json, context) => codec.read(json, context),
    whenAbsent: begin,
    begin,
    isStarting: true,
  };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Declares a field whose reading depends on others.
 * @param read gets the object with the fields declared before this one
 */
export function linked<Value, Context, Whole>(
  name: string,
  write: (value: Value, context: Context, whole: Whole) => unknown,
  read: (json: unknown, context: Context, whole: Whole) => Value,
): Saved<Value, Context, Whole> {
  return { kind: 'saved', name, write, read, whenAbsent: undefined, begin: undefined };
}

/** Declares a field that may be missing, in memory as in JSON. */
export function optional<Value, Context>(codec: Codec<Value, Context>): Optional<Value, Context> {
  return { kind: 'optional', codec };
}

/** Declares a field whose own fields are written next to the others. */
export function inlined<Value, Context>(codec: RecordCodec<Value, Context>): Inlined<Value, Context> {
  return { kind: 'inlined', codec };
}

/**
 * Declares a field that is not saved.
 * @param reason why nothing is lost without it
 * @param begin returns its value in an object that is new, or has been read; it gets the fields declared
 * before this one
 */
export function transient<Value, Context, Whole>(
  reason: string,
  begin: (whole: Whole, context: Context) => Value,
): Transient<Value, Context, Whole> {
  return { kind: 'transient', reason, begin };
}
