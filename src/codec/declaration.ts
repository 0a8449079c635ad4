/** The declarations of fields, and the types derived from them (see record.ts). */
import type { Codec } from './codec.js';
import type { JsonObject } from './containers.js';

/** A field that is saved under one key. */
export interface Saved<Value, Context, Whole> {
  readonly kind: 'saved';
  /** undefined for the field's own name */
  readonly name: string | undefined;
  readonly write: (value: Value, context: Context, whole: Whole) => unknown;
  readonly read: (json: unknown, context: Context, whole: Whole) => Value;
  readonly whenAbsent: ((whole: Whole, context: Context) => Value) | undefined;
  /** its value in a new object */
  readonly begin: (() => Value) | undefined;
}

/** A field that may be missing, in memory as in JSON. */
export interface Optional<Value, Context> {
  readonly kind: 'optional';
  readonly codec: Codec<Value, Context>;
}

/** A field whose own fields are written next to the others. */
export interface Inlined<Value, Context> {
  readonly kind: 'inlined';
  readonly codec: RecordCodec<Value, Context>;
}

/** A field that is not saved. */
export interface Transient<Value, Context, Whole> {
  readonly kind: 'transient';
  /** why nothing is lost without it */
  readonly reason: string;
  readonly begin: (whole: Whole, context: Context) => Value;
}

/** The field changes while the object lives. */
export interface Changing {
  readonly isChanging: true;
}

/** The field has an initial value: `create` does not require it. */
export interface Starting {
  readonly isStarting: true;
}

export interface RecordCodec<Value, Context = unknown> extends Codec<Value, Context> {
  readonly write: (value: Value, context: Context) => JsonObject;
}

/** Declarations by field name. `Fitting` constrains them: a constraint here would break type inference. */
export type Declarations = Readonly<Record<string, object>>;

type IsOptional = Pick<Optional<never, never>, 'kind'>;

type ValueOf<Declared> = Declared extends {
  readonly codec: { readonly read: (...args: never[]) => infer Value };
}
  ? Value
  : Declared extends { readonly read: (...args: never[]) => infer Value }
    ? Value
    : Declared extends { readonly begin: (...args: never[]) => infer Value }
      ? Value
      : never;

type Flat<Type> = { [Key in keyof Type]: Type[Key] };

/** The type of the objects with these fields. */
export type Declared<Of> = Flat<
  {
    readonly [Key in keyof Of as Of[Key] extends IsOptional | Changing ? never : Key]: ValueOf<Of[Key]>;
  } & {
    -readonly [
      Key in keyof Of as Of[Key] extends IsOptional ? never : Of[Key] extends Changing ? Key : never
    ]: ValueOf<Of[Key]>;
  } & {
    readonly [
      Key in keyof Of as Of[Key] extends IsOptional ? (Of[Key] extends Changing ? never : Key) : never
    ]?: ValueOf<Of[Key]>;
  } & {
    -readonly [Key in keyof Of as Of[Key] extends IsOptional & Changing ? Key : never]?: ValueOf<Of[Key]>;
  }
>;

/** A function over a union of contexts takes their intersection. */
type Together<Takers> = [Takers] extends [(taken: infer Taken) => void] ? Taken : never;

type TakesContext<Field> = Field extends { readonly codec: infer Inner }
  ? TakesContext<Inner>
  : Field extends { readonly read: (json: never, context: infer Context, whole: never) => unknown }
    ? (taken: Context) => void
    : Field extends { readonly begin: (whole: never, context: infer Context) => unknown }
      ? (taken: Context) => void
      : never;

/** The context for reading and writing these fields. */
export type ContextOf<Of> = Together<{ [Key in keyof Of]: TakesContext<Of[Key]> }[keyof Of]>;

type TakesWhole<Field> =
  Field extends Saved<never, never, infer Whole>
    ? (taken: Whole) => void
    : Field extends Transient<unknown, never, infer Whole>
      ? (taken: Whole) => void
      : (taken: unknown) => void;

/** What fields need to know of the others. */
type WholeOf<Of> = Together<{ [Key in keyof Of]: TakesWhole<Of[Key]> }[keyof Of]>;

/** Any codec: its parameters are `never`, its result `unknown`. */
export interface AnyCodec {
  readonly write: (value: never, context: never, whole: never) => unknown;
  readonly read: (json: unknown, context: never, whole: never) => unknown;
}

type AnyDeclaration =
  | AnyCodec
  | { readonly kind: 'optional' | 'inlined'; readonly codec: AnyCodec }
  | Transient<unknown, never, never>;

/**
 * Rejects values that are not declarations, and declarations that need fields which the others do not
 * declare.
 */
export type Fitting<Of> =
  Declared<Of> extends WholeOf<Of>
    ? { readonly [Key in keyof Of]: Of[Key] extends AnyDeclaration ? unknown : AnyDeclaration }
    : { readonly [Key in keyof Of]: never };

/** Whether `create` does not require the field. */
type Begins<Field> = Field extends Starting
  ? true
  : Field extends Transient<unknown, infer Context, never>
    ? unknown extends Context
      ? true
      : false
    : false;

type Beginning<Of> = { [Key in keyof Of]: Begins<Of[Key]> extends true ? Key : never }[keyof Of];

/** The parameters of `create`, required and optional ones. */
export type Given<Of> = Flat<
  Omit<Declared<Of>, Beginning<Of>> & Partial<Pick<Declared<Of>, Beginning<Of> & keyof Declared<Of>>>
>;

/** The fields with an initial value in a new object. */
export type Initial<Of> = {
  readonly [Key in keyof Of as Of[Key] extends Starting ? Key : never]: ValueOf<Of[Key]>;
};

/** One declaration for each field of a type declared elsewhere. */
export type FieldsOf<Whole, Context> = {
  readonly [Key in keyof Whole]-?: object extends Pick<Whole, Key>
    ? Optional<Exclude<Whole[Key], undefined>, Context>
    : | Codec<Whole[Key], Context>
      | Saved<Whole[Key], Context, Whole>
      | Inlined<Whole[Key], Context>
      | Transient<Whole[Key], Context, Whole>;
};

/** One of several kinds of object, distinguished by the field `Tag`. */
export type Variant<Tag extends string, Of> = {
  [Kind in keyof Of]: Flat<Readonly<Record<Tag, Kind & string>> & Declared<Of[Kind]>>;
}[keyof Of];

/** The context for reading and writing all of these kinds. */
export type ContextOfKinds<Of> = Together<
  { [Kind in keyof Of]: (taken: ContextOf<Of[Kind]>) => void }[keyof Of]
>;
