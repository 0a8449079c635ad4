/**
 * The one error for JSON that is not what was expected: a saved file, a handover, the body of a request. It says where, what
 * was expected there, and what was found.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';

  /**
   * @param path for instance `jobs[2].run.ready`; empty for the whole
   * @param expected for instance `true or false`
   * @param found for instance `"yes"`
   */
  constructor(
    readonly path: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${path === '' ? '' : `${path}: `}expected ${expected}, found ${found}`);
  }

  /** The same error, seen from the object or list of which the value is a part. */
  below(key: string | number): DecodeError {
    const own = typeof key === 'number' ? `[${key}]` : key;
    const separator = this.path === '' || this.path.startsWith('[') ? '' : '.';
    return new DecodeError(`${own}${separator}${this.path}`, this.expected, this.found);
  }
}

/** A value is quoted up to here: a message is for reading. */
const LONGEST_QUOTE = 60;

/** What was found, in a few words, however large it is. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // A number beyond the largest one, such as 1e999, is Infinity after JSON.parse.
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;
}

/** @throws DecodeError */
export function mismatch(expected: string, found: unknown): never {
  throw new DecodeError('', expected, describeFound(found));
}

/** Adds the place of a part to an error that its codec has thrown. */
export function locate(error: unknown, key: string | number): unknown {
  return error instanceof DecodeError ? error.below(key) : error;
}
