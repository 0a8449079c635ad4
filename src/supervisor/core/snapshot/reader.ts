/** Reading plain JSON of which nothing is known yet, with errors that say what was found where. */

/** What was to be taken back is not what `save` writes. */
export class SavedStateError extends Error {
  /** @param where for instance `jobs[2].run.ready` */
  constructor(
    readonly where: string,
    problem: string,
  ) {
    super(`saved state: ${where}: ${problem}`);
    this.name = 'SavedStateError';
  }
}

type Plain = Readonly<Record<string, unknown>>;

export class ObjectReader {
  readonly #value: Plain;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    this.#where = where;
    this.#value = asObject(value, where);
  }

  /** @throws SavedStateError also when the text is no JSON */
  static parse(text: string, where: string): ObjectReader {
    return new ObjectReader(parseJson(text, where), where);
  }

  where(key: string): string {
    return this.#where === '' ? key : `${this.#where}.${key}`;
  }

  string(key: string): string {
    const value = this.#value[key];
    if (typeof value !== 'string') throw mismatch(this.where(key), 'a string', value);
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#value[key];
    if (typeof value !== 'boolean') throw mismatch(this.where(key), 'true or false', value);
    return value;
  }

  number(key: string): number {
    const value = this.#value[key];
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw mismatch(this.where(key), 'a number', value);
    return value;
  }

  /** A process id: a positive integer. */
  pid(key: string): number {
    const value = this.number(key);
    if (!Number.isSafeInteger(value) || value < 1) throw mismatch(this.where(key), 'a process id', value);
    return value;
  }

  oneOf<T extends string | number>(key: string, allowed: readonly T[]): T {
    const value = this.#value[key];
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw mismatch(this.where(key), `one of ${allowed.join(', ')}`, value);
    return found;
  }

  strings(key: string): string[] {
    return this.list(key, (value, where) => {
      if (typeof value !== 'string') throw mismatch(where, 'a string', value);
      return value;
    });
  }

  numbers(key: string): number[] {
    return this.list(key, (value, where) => {
      if (typeof value !== 'number') throw mismatch(where, 'a number', value);
      return value;
    });
  }

  /** Event ids, null where a leaf holds none. */
  ids(key: string): (number | null)[] {
    return this.list(key, (value, where) => {
      if (value !== null && typeof value !== 'number') throw mismatch(where, 'an event id or null', value);
      return value;
    });
  }

  list<T>(key: string, read: (value: unknown, where: string) => T): T[] {
    const value = this.#value[key];
    if (!Array.isArray(value)) throw mismatch(this.where(key), 'a list', value);
    return value.map((element, index) => read(element, `${this.where(key)}[${index}]`));
  }

  object(key: string): ObjectReader {
    return new ObjectReader(this.#value[key], this.where(key));
  }

  /** The field itself, which has to be an object; what is in it is for the caller to know. */
  raw(key: string): object {
    return asObject(this.#value[key], this.where(key));
  }

  /** Undefined where the field is null. */
  nullable<T>(key: string, read: (key: string) => T): T | undefined {
    return this.#value[key] === null ? undefined : read(key);
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SavedStateError(where, (error as Error).message);
  }
}

function asObject(value: unknown, where: string): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch(where === '' ? 'top level' : where, 'an object', value);
  }
  return value as Plain;
}

function mismatch(where: string, expected: string, found: unknown): SavedStateError {
  const text = found === undefined ? 'nothing' : JSON.stringify(found);
  return new SavedStateError(
    where,
    `expected ${expected}, found ${text.length > 60 ? `${text.slice(0, 60)}...` : text}`,
  );
}
