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
  const missing: string[] = [];
  const refused: string[] = [];
  const scan = (from: number, end: '}' | undefined): { text: string; at: number } => {
    let result = '';
    let at = from;
    while (at < text.length) {
      const char = text[at]!;
      if (char === end) return { text: result, at: at + 1 };
      if (char !== '$') {
        result += char;
        at += 1;
        continue;
      }
      const rest = text.slice(at);
      const plain = /^\$([A-Za-z_]\w*)/.exec(rest);
      const braced = /^\$\{([A-Za-z_]\w*)(:?[-?+])?/.exec(rest);
      if (rest.startsWith('$$')) {
        result += '$';
        at += 2;
      } else if (plain !== null) {
        result += valueOf(plain[1]!);
        at += plain[0].length;
      } else if (braced !== null) {
        const inner = scan(at + braced[0].length, '}');
        result += substituted(braced[1]!, braced[2], inner.text);
        at = inner.at;
      } else {
        result += '$';
        at += 1;
      }
    }
    return { text: result, at };
  };
  const valueOf = (name: string): string => {
    const value = lookup(name);
    if (value === undefined) missing.push(name);
    return value ?? '';
  };
  const substituted = (name: string, operator: string | undefined, word: string): string => {
    const value = lookup(name);
    const present = value !== undefined && !(operator?.startsWith(':') === true && value === '');
    switch (operator?.at(-1)) {
      case '-':
        return present ? value : word;
      case '+':
        return present ? word : '';
      case '?':
        if (!present) refused.push(`${name}: ${word}`);
        return value ?? '';
      case undefined:
      default:
        return valueOf(name);
    }
  };
  return { text: scan(0, undefined).text, missing, refused };
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
