/** Reads a request's JSON body field by field; an error names the field and what was expected. */
import { amount, boolean, literal, string, type Codec } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { RequestError } from '../errors.js';

const strings = list(string);

export class Fields {
  private constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /**
   * @param body a parsed JSON value; undefined (no body) counts as an empty object
   * @param known names of all fields: otherwise a misspelt one would be silently ignored
   */
  static of(body: unknown, known: readonly string[]): Fields {
    const values = body ?? {};
    if (typeof values !== 'object' || Array.isArray(values)) {
      throw new RequestError(
        'bad-request',
        'The body is not a JSON object',
        `an object with ${known.join(', ')}`,
      );
    }
    const unknown = Object.keys(values).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw new RequestError('bad-request', `Unknown field: ${unknown}`, known.join(', '));
    }
    return new Fields(values as Record<string, unknown>);
  }

  text(name: string): string | undefined {
    return this.read(name, string);
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new RequestError('bad-request', `Missing field: ${name}`, 'a string');
    return value;
  }

  texts(name: string): readonly string[] {
    return this.read(name, strings) ?? [];
  }

  flag(name: string): boolean | undefined {
    return this.read(name, boolean);
  }

  /** Reads a finite number that is not negative. */
  amount(name: string): number | undefined {
    return this.read(name, amount);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    return this.read(name, literal(...choices));
  }

  object(name: string, known: readonly string[]): Fields {
    return Fields.of(this.values[name], known);
  }

  private read<T>(name: string, codec: Codec<T>): T | undefined {
    const value = this.values[name];
    if (value === undefined) return undefined;
    try {
      return codec.read(value, undefined);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const { path, found, expected } = error.below(name);
      throw new RequestError('bad-request', `Field ${path} is ${found}`, expected);
    }
  }
}
