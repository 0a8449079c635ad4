/** Splits cgconfig.conf(5) into words and marks, each with its line. Pure. */

export interface Token {
  /** a mark is one of `{ } = ;` */
  readonly kind: 'word' | 'mark';
  readonly text: string;
  readonly line: number;
  /** in quotes: never a keyword */
  readonly quoted: boolean;
}

interface Tokens {
  readonly tokens: readonly Token[];
  /** the line of an unclosed quote */
  readonly openQuote: number | undefined;
}

/**
 * A blank, a comment, a quoted word, a mark or a word; tried in this order at each position. A comment begins
 * with `#`, or with `*` at the beginning of a line, as in libcgroup 2.0.2; unlike there, it may follow other
 * text on its line.
 */
const PIECE =
  /(?<blank>\s+)|(?<comment>#.*|(?<![^\n])\*.*)|"(?<quoted>[^"]*)"|(?<mark>[{}=;])|(?<word>[^\s{}=;"#]+)/gy;

export function tokensOf(text: string): Tokens {
  const tokens: Token[] = [];
  let [line, end] = [1, 0];
  for (const piece of text.matchAll(PIECE)) {
    const { quoted, mark, word } = piece.groups!;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, line, quoted: false });
    const found = quoted ?? word;
    if (found !== undefined) tokens.push({ kind: 'word', text: found, line, quoted: quoted !== undefined });
    line += piece[0].split('\n').length - 1;
    end = piece.index + piece[0].length;
  }
  // only an unclosed quote matches none of the pieces
  return { tokens, openQuote: end < text.length ? line : undefined };
}
