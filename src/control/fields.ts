/** Reads a request's JSON body field by field; what does not fit is an error that names the field and what was expected. */
import { RequestError } from './errors.js';

export class Fields {
  private constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /**
   * @param body a parsed JSON value; undefined (no body) counts as an empty object
   * @param known names of the fields there are: a misspelt one would otherwise be ignored in silence
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
    return this.read(name, 'a string', (value) => typeof value === 'string');
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new RequestError('bad-request', `Missing field: ${name}`, 'a string');
    return value;
  }

  texts(name: string): readonly string[] {
    const isTexts = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'string');
    return this.read(name, 'an array of strings', isTexts) ?? [];
  }

  flag(name: string): boolean | undefined {
    return this.read(name, 'true or false', (value) => typeof value === 'boolean');
  }

  /** a finite number that is not negative */
  amount(name: string): number | undefined {
    const isAmount = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
    return this.read(name, 'a number of at least 0', isAmount);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const isChoice = (value: unknown): value is Choice => choices.includes(value as Choice);
    return this.read(name, choices.join(', '), isChoice);
  }

  object(name: string, known: readonly string[]): Fields {
    return Fields.of(this.values[name], known);
  }

  private read<T>(name: string, expected: string, fits: (value: unknown) => value is T): T | undefined {
    const value = this.values[name];
    if (value === undefined) return undefined;
    if (fits(value)) return value;
    throw new RequestError('bad-request', `Field ${name} is ${JSON.stringify(value)}`, expected);
  }
}
