/** The JSON schemas of docs/, to compare with what is really printed. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type Validate = ((value: unknown) => boolean) & { errors?: unknown };

interface Ajv {
  addSchema(schema: object): void;
  addFormat(name: string, format: RegExp): void;
  getSchema(id: string): Validate | undefined;
  compile(schema: object): Validate;
}

// ajv's types name no default export that a strict ES module could import
const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as {
  Ajv2020: new (options: object) => Ajv;
};

const DOCS = new URL('../../../docs/', import.meta.url);
const ENDING = '.schema.json';

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
for (const file of readdirSync(DOCS).filter((name) => name.endsWith(ENDING))) {
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, DOCS), 'utf8')) as object);
}

/**
 * @param name of the schema: `status` is docs/status.schema.json
 * @returns what does not fit, empty when everything does
 */
export function misfits(name: string, value: unknown): readonly unknown[] {
  const validate = ajv.getSchema(`${name}${ENDING}`);
  if (validate === undefined) throw new Error(`there is no docs/${name}${ENDING}`);
  return validate(value) ? [] : (validate.errors as readonly unknown[]);
}

/** The same for a schema that refers to those of docs/. */
export function misfitsOf(schema: object, value: unknown): readonly unknown[] {
  const validate = ajv.compile(schema);
  return validate(value) ? [] : (validate.errors as readonly unknown[]);
}
