/**
 * Parses a shell line as far as necessary to know the effect of a leading `exec`: the commands, and what
 * precedes the first one. Pure. (Skips quotes, substitutions and redirections without interpreting them.)
 */

/** An operator, and the first word after it; undefined if nothing follows. */
interface JoinedBy {
  readonly operator: ShellOperator;
  readonly next: string | undefined;
}

/** Operators that join or end commands outside quotes and substitutions. */
type ShellOperator = '&&' | '||' | ';' | '|' | '&';

interface ShellLine {
  /** assignments such as `A=1` before the first command, as written */
  readonly assignments: readonly string[];
  /** the words of the first command, as written, without redirections */
  readonly words: readonly string[];
  /** where the first command begins, after its assignments */
  readonly commandAt: number;
  /** in their order */
  readonly operators: readonly JoinedBy[];
  /** it begins with `if`, `(`, `!` ...: no command that could be executed */
  readonly isCompound: boolean;
}

const COMPOUND = new Set(['if', 'while', 'until', 'for', 'case', '{', '!']);
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
const BLANK = /[ \t\r\n]/;

/** Parses a line. Never fails: the shell reports errors. */
export function shellLine(text: string): ShellLine {
  return new Scanner(text).scan();
}

class Scanner {
  #at = 0;
  readonly #assignments: string[] = [];
  readonly #words: string[] = [];
  #commandAt: number | undefined;
  readonly #operators: { operator: ShellOperator; next: string | undefined }[] = [];
  #isCompound = false;

  constructor(private readonly text: string) {}

  scan(): ShellLine {
    this.#skipBlanks();
    // a comment ends the line
    while (this.#at < this.text.length && this.text[this.#at] !== '#') {
      this.#take();
      this.#skipBlanks();
    }
    return {
      assignments: this.#assignments,
      words: this.#words,
      commandAt: this.#commandAt ?? this.text.length,
      operators: this.#operators,
      isCompound: this.#isCompound,
    };
  }

  #take(): void {
    const last = this.#operators.at(-1);
    const operator = this.#operator();
    if (operator !== undefined) {
      this.#operators.push({ operator, next: undefined });
      return;
    }
    const start = this.#at;
    if (this.#redirection()) {
      if (last !== undefined) last.next ??= this.text.slice(start, this.#at);
      return;
    }
    if ('()'.includes(this.text[start]!)) {
      this.#isCompound ||= this.#isBeginning();
      this.#at += 1;
      if (last !== undefined) last.next ??= this.text[start]!;
      return;
    }
    const word = this.#word();
    if (last !== undefined) last.next ??= word;
    // `2>file`: the number belongs to the redirection
    if (/^\d+$/.test(word) && '<>'.includes(this.text[this.#at] ?? ' ')) return;
    if (this.#operators.length === 0) this.#keep(word, start);
  }

  #keep(word: string, start: number): void {
    if (this.#words.length === 0) {
      if (ASSIGNMENT.test(word)) {
        this.#assignments.push(word);
        return;
      }
      this.#commandAt = start;
      this.#isCompound ||= COMPOUND.has(word);
    }
    this.#words.push(word);
  }

  #isBeginning(): boolean {
    return this.#words.length === 0 && this.#assignments.length === 0 && this.#operators.length === 0;
  }

  #operator(): ShellOperator | undefined {
    const two = this.text.slice(this.#at, this.#at + 2);
    // `&>` of bash: its author means a redirection
    if (two === '&>') return undefined;
    const found =
      two === '&&' || two === '||' ? two : ([';', '|', '&'] as const).find((one) => two.startsWith(one));
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Skips `>file`, `>>file`, `<file`, `>&2`, `2>&1`, `>|file`, `<<word`. */
  #redirection(): boolean {
    const match = /^&?[<>][<>]?[&|-]?/.exec(this.text.slice(this.#at, this.#at + 4));
    if (match === null) return false;
    this.#at += match[0].length;
    this.#skipBlanks();
    this.#word();
    return true;
  }

  #skipBlanks(): void {
    while (this.#at < this.text.length && BLANK.test(this.text[this.#at]!)) this.#at += 1;
  }

  #word(): string {
    const start = this.#at;
    while (this.#at < this.text.length) {
      const char = this.text[this.#at]!;
      if (BLANK.test(char) || ';|&<>()'.includes(char)) break;
      this.#piece();
    }
    return this.text.slice(start, this.#at);
  }

  /** Reads one character of a word, or a whole quoted or substituted part of it. */
  #piece(): void {
    const char = this.text[this.#at]!;
    if (char === '\\') this.#at += 2;
    else if (char === "'" || char === '`') this.#until(char);
    else if (char === '"') this.#quoted();
    else if (char === '$' && '({'.includes(this.text[this.#at + 1] ?? ' ')) this.#substitution();
    else this.#at += 1;
    this.#at = Math.min(this.#at, this.text.length);
  }

  #until(end: string): void {
    const at = this.text.indexOf(end, this.#at + 1);
    this.#at = at === -1 ? this.text.length : at + 1;
  }

  #quoted(): void {
    this.#at += 1;
    while (this.#at < this.text.length && this.text[this.#at] !== '"') {
      if (this.text[this.#at] === "'") this.#at += 1;
      else this.#piece();
    }
    this.#at += 1;
  }

  /** Skips `$(...)` and `${...}`, also nested. */
  #substitution(): void {
    const [open, close] = this.text[this.#at + 1] === '(' ? ['(', ')'] : ['{', '}'];
    this.#at += 2;
    for (let depth = 1; depth > 0 && this.#at < this.text.length;) {
      const char = this.text[this.#at];
      if (char === open) depth += 1;
      if (char === close) depth -= 1;
      if (char === open || char === close) this.#at += 1;
      else this.#piece();
    }
  }
}
