import { Refusal } from '../job-file-error.js';

/**
 * Upstart's blanks: they include the carriage return, so files with CR LF line ends parse (upstart.md 1.3).
 */
const BLANKS = ' \t\r';
const END_OF_LINE = '#\n';
const WORD_ENDS = BLANKS + END_OF_LINE;
/** Inside event expressions a parenthesis ends a word as well. */
const OPERAND_ENDS = `()${WORD_ENDS}`;

const END_SCRIPT = /^[ \t\r]*end[ \t\r]+script[ \t\r]*(?:#[^\n]*)?$/;

/** A position to return to, for words that must be examined before they are consumed. */
interface Mark {
  readonly at: number;
  readonly line: number;
}

/**
 * The lexical rules of Upstart's job files (upstart.md 1.3): words, quotes, comments, joined lines, script
 * blocks.
 *
 * `line` is the line that Upstart would report. Upstart reports an illegal value where it begins, and a
 * missing, superfluous or unterminated one where the parser has stopped. A call that throws leaves the lexer
 * there.
 */
export class ConfLexer {
  readonly #text: string;
  /** false for values of an `.ini` file, where `#` is an ordinary character */
  readonly #comments: boolean;
  #at = 0;
  #line: number;
  /**
   * lines on which a `#` in the middle of a word starts a comment: correct for Upstart, but rarely intended
   */
  readonly cutWords: number[] = [];

  constructor(text: string, options: { readonly comments?: boolean; readonly firstLine?: number } = {}) {
    this.#text = text;
    this.#comments = options.comments ?? true;
    this.#line = options.firstLine ?? 1;
  }

  get line(): number {
    return this.#line;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  mark(): Mark {
    return { at: this.#at, line: this.#line };
  }

  rewind(mark: Mark): void {
    this.#at = mark.at;
    this.#line = mark.line;
  }

  /** Returns the next character without consuming it; undefined at the end. */
  peek(): string | undefined {
    return this.#text[this.#at];
  }

  /** Tests whether anything precedes the comment or the end of this line. */
  hasToken(): boolean {
    return !this.atEnd && !this.#endsAt(END_OF_LINE);
  }

  /** Skips blanks at the start of a line. A joined line is not a blank here, as in Upstart. */
  skipIndentation(): void {
    while (!this.atEnd && BLANKS.includes(this.#text[this.#at]!)) this.#at++;
  }

  /** Skips blanks, and backslashes that join the next line. */
  skipBlanks(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === '\\' && this.#text[this.#at + 1] === '\n') {
        this.#at += 2;
        this.#line++;
      } else if (char !== undefined && BLANKS.includes(char)) {
        this.#at++;
      } else {
        return;
      }
    }
  }

  /** Skips the rest of the line. */
  skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    if (end === -1) {
      this.#at = this.#text.length;
    } else {
      this.#at = end + 1;
      this.#line++;
    }
  }

  /** Consumes the end of the line and its comment; throws if there is another word. */
  endOfLine(): void {
    if (this.hasToken()) {
      throw new Refusal({
        line: this.#line,
        message: 'Unexpected token',
        found: this.#restOfLine(),
        expected: 'the end of the line',
      });
    }
    this.skipLine();
  }

  /** Reads a keyword. Its quotes stay, so that a quoted keyword is not recognised. */
  keyword(expected: string): string {
    return this.#word(WORD_ENDS, false, expected);
  }

  /** Reads a value, without its quotes and escapes. */
  argument(expected: string): string {
    return this.#word(WORD_ENDS, true, expected);
  }

  /** Reads a word of an event expression, as written (to recognise operators) or without its quotes. */
  operand(dequote: boolean): string {
    return this.#word(OPERAND_ENDS, dequote, 'an event, or `and`, or `or`');
  }

  /** Consumes one examined character, and the blanks after it. */
  takeCharacter(): void {
    this.#at++;
    this.skipBlanks();
  }

  /** Reads the rest of the line as a command: quotes and inner blanks stay, trailing blanks are removed. */
  command(expected: string): string {
    if (!this.hasToken()) throw this.#missing(expected);
    const text = this.#token(END_OF_LINE, false);
    if (this.peek() === '#' && !BLANKS.includes(this.#text[this.#at - 1]!)) this.cutWords.push(this.#line);
    this.skipLine();
    return text;
  }

  /** Reads the lines up to `end script`, without their common indentation. */
  scriptBlock(): string {
    this.endOfLine();
    const lines: string[] = [];
    for (;;) {
      const end = this.#text.indexOf('\n', this.#at);
      const line = this.#text.slice(this.#at, end === -1 ? undefined : end);
      this.skipLine();
      if (isEndOfScript(line)) return scriptText(lines);
      lines.push(line);
      if (this.atEnd) {
        throw new Refusal({
          line: this.#line,
          message: 'Unterminated block',
          found: 'the end of the file',
          expected: 'a line `end script`',
        });
      }
    }
  }

  #endsAt(ends: string): boolean {
    const char = this.#text[this.#at]!;
    return ends.includes(char) && (char !== '#' || this.#comments);
  }

  #word(ends: string, dequote: boolean, expected: string): string {
    const word = this.#token(ends, dequote);
    if (word === '') throw this.#missing(expected);
    if (this.#comments && this.peek() === '#') this.cutWords.push(this.#line);
    this.skipBlanks();
    return word;
  }

  #missing(expected: string): Refusal {
    return new Refusal({ line: this.#line, message: 'Expected token', found: this.#restOfLine(), expected });
  }

  #restOfLine(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const rest = this.#text.slice(this.#at, end === -1 ? undefined : end).trim();
    if (rest.startsWith('#') && this.#comments) return 'a comment';
    return rest === '' ? 'the end of the line' : `"${shorten(rest)}"`;
  }

  /**
   * Reads one token up to a character of `ends` outside quotes. Line breaks inside quotes or after a
   * backslash become one blank, together with the blanks around them. A backslash escapes a backslash or a
   * blank; otherwise it is literal.
   */
  #token(ends: string, dequote: boolean): string {
    let token = '';
    let blanks = '';
    let joined = false;
    let escaped = false;
    let quote = '';
    for (; !this.atEnd; this.#at++) {
      const char = this.#text[this.#at]!;
      let piece = char;
      if (char === '\n' && (escaped || quote !== '')) {
        escaped = false;
        joined = true;
        this.#line++;
        continue;
      }
      if (escaped) {
        escaped = false;
        if (!dequote || (char !== '\\' && !BLANKS.includes(char))) piece = `\\${char}`;
      } else if (char === '\\') {
        escaped = true;
        continue;
      } else if (char === quote || (quote === '' && (char === '"' || char === "'"))) {
        quote = quote === '' ? char : '';
        if (dequote) piece = '';
      } else if (quote === '' && this.#endsAt(ends)) {
        break;
      } else if (BLANKS.includes(char)) {
        blanks += char;
        continue;
      }
      token += (joined ? ' ' : blanks) + piece;
      blanks = '';
      joined = false;
    }
    this.#refuseUnfinished(escaped, quote);
    return token;
  }

  #refuseUnfinished(escaped: boolean, quote: string): void {
    const found = 'the end of the file';
    if (escaped) {
      const expected = 'something behind the last backslash';
      throw new Refusal({ line: this.#line, message: 'Trailing slash in file', found, expected });
    }
    if (quote !== '') {
      const expected = `a closing ${quote}`;
      throw new Refusal({ line: this.#line, message: 'Unterminated quoted string', found, expected });
    }
  }
}

/** Tests whether a line ends a script block. */
export function isEndOfScript(line: string): boolean {
  return END_SCRIPT.test(line);
}

/**
 * Joins the lines of a script: removes the indentation of the first line from every line, as far as all have
 * it. An empty line has none, so nothing is removed then (upstart.md 1.3).
 */
export function scriptText(lines: readonly string[]): string {
  const first = lines[0] ?? '';
  let common = /^[ \t\r]*/.exec(first)![0].length;
  for (const line of lines) {
    let same = 0;
    while (same < common && line[same] === first[same]) same++;
    common = same;
  }
  return lines.map((line) => `${line.slice(common)}\n`).join('');
}

/** Removes the blanks around a text, but not Unicode's other blanks. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANKS.includes(text[start]!)) start++;
  while (end > start && BLANKS.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** Shortens a text for a message: long enough to be recognised, short enough for one line. */
function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
