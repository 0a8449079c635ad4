/**
 * The error for unexpected JSON: a saved file, a handover, the body of a request. It names the path, what was
 * expected there, and what was found.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';

  /**
   * @param path for instance `jobs[2].run.ready`; empty for the whole value
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

  /** Returns the same error with a path that starts at the enclosing object or list. */
  below(key: string | number): DecodeError {
    const own = typeof key === 'number' ? `[${key}]` : key;
    const separator = this.path === '' || this.path.startsWith('[') ? '' : '.';
    return new DecodeError(`${own}${separator}${this.path}`, this.expected, this.found);
  }
}

/** Maximum length of a quoted value: messages must stay readable. */
const LONGEST_QUOTE = 60;

/** Describes a value of any size in a few words. */
function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // a number beyond the largest one, such as 1e999, is Infinity after JSON.parse
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;
}

/** @throws DecodeError */
export function mismatch(expected: string, found: unknown): never {
  throw new DecodeError('', expected, describeFound(found));
}

/** Adds the key or index of a part to an error that its codec has thrown. */
export function locate(error: unknown, key: string | number): unknown {
  return error instanceof DecodeError ? error.below(key) : error;
}
