/**
 * Quotes texts for the shell, and splits lines into words as Python's shlex does, which supervisord and
 * Compose use. Pure.
 */

/** A part of a value: literal text, or what the shell expands when the job starts (`$I`, `$(uname -n)`). */
export type Piece = { readonly text: string } | { readonly code: string };

/**
 * Matches a line that would end a script in a job file: two quotes within it change the line, but not the
 * text.
 */
const END_SCRIPT = /^([ \t\r]*)end(?=[ \t\r]+script[ \t\r]*(?:#.*)?$)/gm;

const SAFE = /^[A-Za-z0-9_@%+:,./-]+$/;
/** after the first word, `KEY=VALUE` is an ordinary argument */
const SAFE_ARGUMENT = /^[A-Za-z0-9_@%+:,./=-]+$/;

/** Quotes a word for the shell if needed. Both the job file parser and the shell read it back unchanged. */
export function shellWord(text: string, position: 'program' | 'argument' = 'argument'): string {
  if ((position === 'program' ? SAFE : SAFE_ARGUMENT).test(text)) return text;
  return `'${text.replaceAll("'", "'\\''").replace(END_SCRIPT, "$1end''")}'`;
}

/** Returns a word for the shell from its parts. */
export function pieceWord(pieces: readonly Piece[], position: 'program' | 'argument' = 'argument'): string {
  const plain = literalOf(pieces);
  if (plain !== undefined) return shellWord(plain, position);
  const inside = pieces.map((piece) =>
    'code' in piece ? piece.code : piece.text.replace(/[\\"$`]/g, '\\$&'),
  );
  return `"${inside.join('').replace(END_SCRIPT, '$1end""')}"`;
}

/** Returns the text if nothing in it needs the shell. */
export function literalOf(pieces: readonly Piece[]): string | undefined {
  return pieces.every((piece) => 'text' in piece) ? pieces.map((piece) => piece.text).join('') : undefined;
}

/** Returns a command line for the shell from literal words. */
export function commandLine(argv: readonly string[]): string {
  return argv.map((word, index) => shellWord(word, index === 0 ? 'program' : 'argument')).join(' ');
}

type Split =
  { readonly ok: true; readonly words: readonly string[] } | { readonly ok: false; readonly why: string };

/** Splits a line as Python's `shlex.split(line)`: quotes and backslashes, no variables, no operators. */
export function splitWords(line: string): Split {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at]!;
    if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end === -1) return { ok: false, why: 'a single quote is not closed' };
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(line, at + 1);
      if (quoted === undefined) return { ok: false, why: 'a double quote is not closed' };
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      at += 1;
      if (at >= line.length) return { ok: false, why: 'a backslash stands at the end' };
      word = (word ?? '') + line[at]!;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

/**
 * Reads a text in double quotes, where a backslash escapes only a double quote or itself (shlex in POSIX
 * mode).
 */
function doubleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  for (let at = start; at < line.length; at += 1) {
    const char = line[at]!;
    if (char === '"') return { text, end: at };
    if (char === '\\' && /["\\]/.test(line[at + 1] ?? ' ')) at += 1;
    text += line[at]!;
  }
  return undefined;
}
