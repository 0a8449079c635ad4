/** The declarations of fields, and the types that follow from them (see record.ts). */
import type { Codec } from './codec.js';
import type { JsonObject } from './containers.js';

/** A field that is saved under one key. */
export interface Saved<Value, Context, Whole> {
  readonly kind: 'saved';
  /** undefined for its own name */
  readonly name: string | undefined;
  readonly write: (value: Value, context: Context, whole: Whole) => unknown;
  readonly read: (json: unknown, context: Context, whole: Whole) => Value;
  readonly whenAbsent: ((whole: Whole, context: Context) => Value) | undefined;
  /** what it is in a new object */
  readonly begin: (() => Value) | undefined;
}

/** A field that the object may lack, in memory as in JSON. */
export interface Optional<Value, Context> {
  readonly kind: 'optional';
  readonly codec: Codec<Value, Context>;
}

/** A field whose own fields stand beside the others. */
export interface Inlined<Value, Context> {
  readonly kind: 'inlined';
  readonly codec: RecordCodec<Value, Context>;
}

/** A field that is not saved. */
export interface Transient<Value, Context, Whole> {
  readonly kind: 'transient';
  /** why nothing is lost with it */
  readonly reason: string;
  readonly begin: (whole: Whole, context: Context) => Value;
}

/** The field changes while the object lives. */
export interface Changing {
  readonly isChanging: true;
}

/** The field has an initial value: a new object need not be given it. */
export interface Starting {
  readonly isStarting: true;
}

export interface RecordCodec<Value, Context = unknown> extends Codec<Value, Context> {
  readonly write: (value: Value, context: Context) => JsonObject;
}

/** Declarations by the names of their fields. What each is, `Fitting` says: said here, it would spoil their inference. */
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

/** The type of the objects that these fields make. */
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

/** Functions of a union of contexts take what has all of them. */
type Together<Takers> = [Takers] extends [(taken: infer Taken) => void] ? Taken : never;

type TakesContext<Field> = Field extends { readonly codec: infer Inner }
  ? TakesContext<Inner>
  : Field extends { readonly read: (json: never, context: infer Context, whole: never) => unknown }
    ? (taken: Context) => void
    : Field extends { readonly begin: (whole: never, context: infer Context) => unknown }
      ? (taken: Context) => void
      : never;

/** What reading and writing these fields needs. */
export type ContextOf<Of> = Together<{ [Key in keyof Of]: TakesContext<Of[Key]> }[keyof Of]>;

type TakesWhole<Field> =
  Field extends Saved<never, never, infer Whole>
    ? (taken: Whole) => void
    : Field extends Transient<unknown, never, infer Whole>
      ? (taken: Whole) => void
      : (taken: unknown) => void;

/** What fields want to know of the others. */
type WholeOf<Of> = Together<{ [Key in keyof Of]: TakesWhole<Of[Key]> }[keyof Of]>;

/** A codec of anything: what it takes is `never`, what it gives `unknown`. */
export interface AnyCodec {
  readonly write: (value: never, context: never, whole: never) => unknown;
  readonly read: (json: unknown, context: never, whole: never) => unknown;
}

type AnyDeclaration =
  | AnyCodec
  | { readonly kind: 'optional' | 'inlined'; readonly codec: AnyCodec }
  | Transient<unknown, never, never>;

/** Refuses what is no declaration, and one that wants to know what the others do not say. */
export type Fitting<Of> =
  Declared<Of> extends WholeOf<Of>
    ? { readonly [Key in keyof Of]: Of[Key] extends AnyDeclaration ? unknown : AnyDeclaration }
    : { readonly [Key in keyof Of]: never };

/** A new object has it without being given it. */
type Begins<Field> = Field extends Starting
  ? true
  : Field extends Transient<unknown, infer Context, never>
    ? unknown extends Context
      ? true
      : false
    : false;

type Beginning<Of> = { [Key in keyof Of]: Begins<Of[Key]> extends true ? Key : never }[keyof Of];

/** What a new object has to be given, and may be given. */
export type Given<Of> = Flat<
  Omit<Declared<Of>, Beginning<Of>> & Partial<Pick<Declared<Of>, Beginning<Of> & keyof Declared<Of>>>
>;

/** Those fields of a new object that have an initial value, whatever it is given. */
export type Initial<Of> = {
  readonly [Key in keyof Of as Of[Key] extends Starting ? Key : never]: ValueOf<Of[Key]>;
};

/** One declaration for each field of a type that stands elsewhere. */
export type FieldsOf<Whole, Context> = {
  readonly [Key in keyof Whole]-?: object extends Pick<Whole, Key>
    ? Optional<Exclude<Whole[Key], undefined>, Context>
    : | Codec<Whole[Key], Context>
      | Saved<Whole[Key], Context, Whole>
      | Inlined<Whole[Key], Context>
      | Transient<Whole[Key], Context, Whole>;
};

/** One of several kinds of object, which the field `Tag` tells apart. */
export type Variant<Tag extends string, Of> = {
  [Kind in keyof Of]: Flat<Readonly<Record<Tag, Kind & string>> & Declared<Of[Kind]>>;
}[keyof Of];

/** What reading and writing each of these kinds needs. */
export type ContextOfKinds<Of> = Together<
  { [Kind in keyof Of]: (taken: ContextOf<Of[Kind]>) => void }[keyof Of]
>;
