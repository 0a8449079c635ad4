/** Parses dotenv files: `.env` of foreman and Compose. Pure. */

export interface DotenvEntry {
  readonly line: number;
  readonly key: string;
  readonly value: string;
  /** in single quotes, so without expansion */
  readonly literal: boolean;
  readonly comments: readonly string[];
}

interface Dotenv {
  readonly entries: readonly DotenvEntry[];
  readonly ignored: readonly { readonly line: number; readonly text: string }[];
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:=|:\s)\s*/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', b: '\b' };

export function parseDotenv(text: string): Dotenv {
  const entries: DotenvEntry[] = [];
  const ignored: { line: number; text: string }[] = [];
  let comments: string[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (line.trim() === '') continue;
    if (/^\s*#/.test(line)) {
      comments.push(line.trim().replace(/^#+ ?/, ''));
      continue;
    }
    const match = ASSIGNMENT.exec(line);
    if (match === null) {
      ignored.push({ line: at + 1, text: line.trim() });
      continue;
    }
    const rest = line.slice(match[0].length);
    const quoted = quotedValue(rest, lines.slice(at + 1));
    const value = quoted?.value ?? plainValue(rest);
    entries.push({ line: at + 1, key: match[1]!, value, literal: quoted?.literal ?? false, comments });
    comments = [];
    at += quoted?.further ?? 0;
  }
  return { entries, ignored };
}

/** Removes a comment, which after a plain value begins with a blank and `#`. */
function plainValue(text: string): string {
  return text.replace(/(?:^|\s)#.*$/, '').trim();
}

/** Reads a quoted value, which may span several lines. */
function quotedValue(
  rest: string,
  below: readonly string[],
): { value: string; literal: boolean; further: number } | undefined {
  const quote = rest[0];
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined;
  const whole = [rest, ...below].join('\n');
  for (let at = 1; at < whole.length; at += 1) {
    if (whole[at] === '\\' && quote === '"') {
      at += 1;
      continue;
    }
    if (whole[at] !== quote) continue;
    const inside = whole.slice(1, at);
    const value =
      quote === '"' ? inside.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char) : inside;
    return { value, literal: quote === "'", further: inside.split('\n').length - 1 };
  }
  return undefined;
}

/** Flattens the JSON form of node-foreman: nested objects become names with `_`. */
export function flattenJson(value: unknown, prefix = ''): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null)
    return [[prefix, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flattenJson(inner, prefix === '' ? key : `${prefix}_${key}`),
  );
}
