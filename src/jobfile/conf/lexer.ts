import { Refusal } from '../job-file-error.js';

/** Upstart's blanks: a carriage return is one, so that files with CR LF line ends parse (upstart.md 1.3). */
const BLANKS = ' \t\r';
const END_OF_LINE = '#\n';
const WORD_ENDS = BLANKS + END_OF_LINE;
/** Inside event expressions a parenthesis ends a word as well. */
const OPERAND_ENDS = `()${WORD_ENDS}`;

const END_SCRIPT = /^[ \t\r]*end[ \t\r]+script[ \t\r]*(?:#[^\n]*)?$/;

/** A position to come back to, for words that must be looked at before they are taken. */
export interface Mark {
  readonly at: number;
  readonly line: number;
}

/**
 * The lexical rules of Upstart's job files (upstart.md 1.3): words, quotes, comments, joined lines, script blocks.
 *
 * `line` is where Upstart would say the reader is. It matters which one: an illegal value is reported where it begins,
 * a missing, superfluous or unterminated one where the reader stopped. What throws here has stopped.
 */
export class ConfLexer {
  readonly #text: string;
  /** false for values of an `.ini` file, in which `#` is a letter like any other */
  readonly #comments: boolean;
  #at = 0;
  #line: number;
  /** lines on which a `#` in the middle of a word began a comment: right for Upstart, and hardly ever meant */
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

  /** The next character, without taking it; undefined at the end. */
  peek(): string | undefined {
    return this.#text[this.#at];
  }

  /** Is there anything before the comment or the end of this line? */
  hasToken(): boolean {
    return !this.atEnd && !this.#endsAt(END_OF_LINE);
  }

  /** Skips blanks at the start of a line. A joined line is no blank here, as in Upstart. */
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

  /** Takes the rest of the line, whatever it is. */
  skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    if (end === -1) {
      this.#at = this.#text.length;
    } else {
      this.#at = end + 1;
      this.#line++;
    }
  }

  /** Takes the end of the line and its comment; anything else is a word too many. */
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

  /** A word that selects something: its quotes stay, so that a quoted keyword is none. */
  keyword(expected: string): string {
    return this.#word(WORD_ENDS, false, expected);
  }

  /** A value, without its quotes and escapes. */
  argument(expected: string): string {
    return this.#word(WORD_ENDS, true, expected);
  }

  /** A word of an event expression, as written (to recognise operators) or without its quotes. */
  operand(dequote: boolean): string {
    return this.#word(OPERAND_ENDS, dequote, 'an event, or `and`, or `or`');
  }

  /** Takes one character that the caller has looked at, and the blanks behind it. */
  takeCharacter(): void {
    this.#at++;
    this.skipBlanks();
  }

  /** The rest of the line as a command: quotes stay, blanks inside stay, those at the end go. */
  command(expected: string): string {
    if (!this.hasToken()) throw this.#missing(expected);
    const text = this.#token(END_OF_LINE, false);
    if (this.peek() === '#' && !BLANKS.includes(this.#text[this.#at - 1]!)) this.cutWords.push(this.#line);
    this.skipLine();
    return text;
  }

  /** The lines up to `end script`, without the indentation that they have in common. */
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
   * One token up to a character of `ends` outside quotes. Line breaks inside quotes or behind a backslash become one
   * blank, and the blanks around them go. A backslash before a backslash or a blank is an escape, before anything else
   * it is itself.
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

/** Is this line the one that ends a script block? */
export function isEndOfScript(line: string): boolean {
  return END_SCRIPT.test(line);
}

/**
 * The lines of a script as one text: the indentation of the first line goes from every line, as far as all have it.
 * An empty line has none, so nothing goes then (upstart.md 1.3).
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

/** A text without the blanks around it; what only Unicode calls a blank is none. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANKS.includes(text[start]!)) start++;
  while (end > start && BLANKS.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** Long enough to be recognised, short enough for one line of a message. */
function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
