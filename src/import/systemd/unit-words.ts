/**
 * Splits settings into words as systemd does: quotes, and C escapes (systemd.service(5), "Command lines").
 * Pure.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

export interface UnitWord {
  readonly text: string;
  /** no part was quoted or escaped: `;` is a separator only then */
  readonly bare: boolean;
}

/** @returns undefined when a quote is not closed */
export function unitWords(text: string): readonly UnitWord[] | undefined {
  const words: UnitWord[] = [];
  let word: { text: string; bare: boolean } | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= { text: '', bare: true };
    if (char === quote) quote = undefined;
    else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
      word.bare = false;
    } else if (char === '\\') {
      const escape = readEscape(text, at + 1);
      word.text += escape.text;
      word.bare = false;
      at += escape.length;
    } else word.text += char;
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** Reads an escape sequence; systemd leaves unknown ones as they are. */
function readEscape(text: string, at: number): { text: string; length: number } {
  const rest = text.slice(at, at + 9);
  const simple = ESCAPES[rest[0] ?? ''];
  if (simple !== undefined) return { text: simple, length: 1 };
  const coded = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(rest);
  if (coded !== null) {
    const [whole, byte, short, long, octal] = coded;
    const code = octal === undefined ? parseInt((byte ?? short ?? long)!, 16) : parseInt(octal, 8);
    if (code > 0 && code <= 0x10ffff) return { text: String.fromCodePoint(code), length: whole.length };
  }
  return { text: `\\${rest[0] ?? ''}`, length: rest === '' ? 0 : 1 };
}
