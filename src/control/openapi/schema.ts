/** Builds JSON Schema 2020-12, on which OpenAPI 3.1 is based. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly description: string;
  readonly schema: Schema;
  /** may be given several times */
  readonly repeatable?: true;
}

/** The parameters and the reply of one request. */
export interface Operation<Field extends string = string> {
  readonly query?: Readonly<Record<string, Parameter>>;
  /** fields of the body; those that are not `required` may be missing */
  readonly body?: Readonly<Record<Field, Schema>>;
  readonly required?: readonly Field[];
  readonly answer: Answer;
  /** further statuses with the same reply */
  readonly others?: Readonly<Record<number, string>>;
  /** error statuses and their meanings; every request may have others */
  readonly failures?: Readonly<Record<number, string>>;
}

export type Answer =
  | { readonly kind: 'json'; readonly schema: Schema }
  /** one JSON object per line */
  | { readonly kind: 'lines'; readonly schema: Schema }
  | { readonly kind: 'text'; readonly contentType: string };

export const json = (schema: Schema): Answer => ({ kind: 'json', schema });

export const text = (description: string): Schema => ({ type: 'string', description });
export const flag = (description: string): Schema => ({ type: 'boolean', description });
export const texts = (description: string): Schema => ({
  type: 'array',
  items: { type: 'string' },
  description,
});
export const milliseconds = (description: string): Schema => ({
  type: 'number',
  minimum: 0,
  description: `milliseconds ${description}`,
});
export const oneOf = (choices: readonly string[], description: string): Schema => ({
  enum: choices,
  description,
});

/** A schema of docs/, or a part of one. */
export const schemaOf = (name: string, part?: string): Schema => ({
  $ref: `${name}.schema.json${part === undefined ? '' : `#/$defs/${part}`}`,
});

export const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** @param fields all required, except optional ones */
export function object(fields: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(fields).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties: fields };
}

export const NOTHING: Answer = json(object({}));
