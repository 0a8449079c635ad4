/**
 * Expands `${X}`, `${X:-default}` and the like in a Compose file, as compose does when it reads the file;
 * `$$` is a dollar sign. Pure.
 */

export type Lookup = (name: string) => string | undefined;

interface Interpolated {
  readonly text: string;
  /** variables without a value or a default: compose uses an empty text for them */
  readonly missing: readonly string[];
  /** `${X:?message}` without a value: compose rejects the file */
  readonly refused: readonly string[];
}

export function interpolate(text: string, lookup: Lookup): Interpolated {
  const interpolation = new Interpolation(text, lookup);
  const { missing, refused } = interpolation;
  return { text: interpolation.expand(), missing, refused };
}

/** `$$`, `$NAME`, or the beginning of `${NAME}` or `${NAME:-WORD}`. */
const VARIABLE = /\$\$|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(:?[-?+])?/y;

class Interpolation {
  readonly missing: string[] = [];
  readonly refused: string[] = [];
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly lookup: Lookup,
  ) {}

  /** Expands the rest of the text, or up to the brace that closes a variable. */
  expand(end?: '}'): string {
    let result = '';
    while (this.#at < this.text.length) {
      if (this.text[this.#at] === end) {
        this.#at += 1;
        break;
      }
      result += this.#next();
    }
    return result;
  }

  #next(): string {
    VARIABLE.lastIndex = this.#at;
    const match = VARIABLE.exec(this.text);
    if (match === null) return this.text[this.#at++]!;
    const [whole, plain, braced, operator] = match;
    this.#at += whole.length;
    if (plain !== undefined) return this.#valueOf(plain);
    return braced === undefined ? '$' : this.#substituted(braced, operator, this.expand('}'));
  }

  #valueOf(name: string): string {
    const value = this.lookup(name);
    if (value === undefined) this.missing.push(name);
    return value ?? '';
  }

  #substituted(name: string, operator: string | undefined, word: string): string {
    const value = this.lookup(name);
    const isPresent = value !== undefined && !(operator?.startsWith(':') === true && value === '');
    switch (operator?.at(-1)) {
      case '-':
        return isPresent ? value : word;
      case '+':
        return isPresent ? word : '';
      case '?':
        if (!isPresent) this.refused.push(`${name}: ${word}`);
        return value ?? '';
      case undefined:
      default:
        return this.#valueOf(name);
    }
  }
}

/** Expands all texts within a value; keys stay as they are. */
export function interpolateAll(value: unknown, lookup: Lookup, note: (done: Interpolated) => void): unknown {
  if (typeof value === 'string') {
    if (!value.includes('$')) return value;
    const done = interpolate(value, lookup);
    note(done);
    return done.text;
  }
  if (Array.isArray(value)) return value.map((each) => interpolateAll(each, lookup, note));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, interpolateAll(each, lookup, note)]),
  );
}
