/** How the fields of an object are declared (see record.ts). */
import type { Codec } from './codec.js';
import type { Changing, Inlined, Optional, RecordCodec, Saved, Starting, Transient } from './declaration.js';

interface FieldOptions<Value, Context, Whole> {
  /** under which it is saved, where that is not its own name */
  readonly name?: string;
  /** what it is where the JSON does not have it: it was written by a version that did not know it */
  readonly whenAbsent?: (whole: Whole, context: Context) => Value;
}

interface InitialOption<Value> {
  /** what it is in a new object; a function makes one for each */
  readonly initial: Value | (() => Value);
  /** files of former versions do not have it: it is what it is in a new object, then */
  readonly isNew?: true;
}

/** A field that is saved. With `initial`, a new object need not be given it. */
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

/** A field that is saved, and that changes while the object lives. */
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

/** Says of any declaration that its field changes while the object lives: the others are readonly. */
export function changing<Field extends object>(declared: Field): Field & Changing {
  return { ...declared, isChanging: true };
}

/**
 * A field with a default: it is written only where it is something else.
 * @param initial it is compared by ===; of lists and objects only the empty one can be a default
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
 * A field that is read with regard to others.
 * @param read gets the object with the fields that are declared before this one
 */
export function linked<Value, Context, Whole>(
  name: string,
  write: (value: Value, context: Context, whole: Whole) => unknown,
  read: (json: unknown, context: Context, whole: Whole) => Value,
): Saved<Value, Context, Whole> {
  return { kind: 'saved', name, write, read, whenAbsent: undefined, begin: undefined };
}

/** A field that the object may lack, in memory as in JSON. */
export function optional<Value, Context>(codec: Codec<Value, Context>): Optional<Value, Context> {
  return { kind: 'optional', codec };
}

/** A field whose own fields stand beside the others. */
export function inlined<Value, Context>(codec: RecordCodec<Value, Context>): Inlined<Value, Context> {
  return { kind: 'inlined', codec };
}

/**
 * A field that is not saved.
 * @param reason why nothing is lost with it
 * @param begin what it is in an object that is new, or has been read; it gets the fields that are declared before this one
 */
export function transient<Value, Context, Whole>(
  reason: string,
  begin: (whole: Whole, context: Context) => Value,
): Transient<Value, Context, Whole> {
  return { kind: 'transient', reason, begin };
}
