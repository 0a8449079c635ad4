/** Walks through the tokens of cgconfig.conf(5): blocks in braces, and assignments. Pure. */
import type { MissingName } from '../rule.js';
import type { Token } from './tokens.js';

/** An error in a section, with its line. */
export class SectionError extends Error {
  override readonly name = 'SectionError';

  constructor(
    readonly line: number,
    message: string,
    readonly missing?: MissingName,
  ) {
    super(message);
  }
}

export class SectionReader {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get atEnd(): boolean {
    return this.#at >= this.tokens.length;
  }

  /** Returns a position that `skipSection` can go back to. */
  mark(): number {
    return this.#at;
  }

  isNext(mark: string): boolean {
    const token = this.tokens[this.#at];
    return token?.kind === 'mark' && token.text === mark;
  }

  /** @throws SectionError naming what was expected */
  word(expected: string): Token {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'word') throw this.#unexpected(expected);
    this.#at += 1;
    return token;
  }

  /** Reads `{ ENTRY... }`. @param entry reads one */
  block(entry: () => void): void {
    this.#mark('{');
    while (!this.isNext('}')) {
      if (this.atEnd) throw this.#unexpected('"}"');
      entry();
    }
    this.#mark('}');
  }

  /** Reads `{ KEY = VALUE; ... }`; the last semicolon is optional, as in the manual page itself. */
  assignments(take: (key: Token, value: string) => void): void {
    this.block(() => {
      const key = this.word('a name');
      this.#mark('=');
      const { text } = this.word(`a value for ${key.text}`);
      if (!this.isNext('}')) this.#mark(';');
      take(key, text);
    });
  }

  /**
   * Skips a block with its nested blocks, without recursion, which could overflow the stack.
   * @throws SectionError if it is not closed
   */
  skipBlock(): void {
    this.#mark('{');
    for (let depth = 1; depth > 0; this.#at += 1) {
      if (this.atEnd) throw this.#unexpected('"}"');
      if (this.isNext('{')) depth += 1;
      if (this.isNext('}')) depth -= 1;
    }
  }

  /** Skips the section that starts at `begin`, whatever its contents. */
  skipSection(begin: number): void {
    this.#at = begin;
    let depth = 0;
    while (!this.atEnd) {
      const opens = this.isNext('{');
      const closes = this.isNext('}');
      this.#at += 1;
      if (opens) depth += 1;
      if (closes) depth -= 1;
      // a surplus closing brace ends the broken part, too
      if (closes && depth <= 0) return;
    }
  }

  #mark(mark: string): void {
    if (!this.isNext(mark)) throw this.#unexpected(`"${mark}"`);
    this.#at += 1;
  }

  #unexpected(expected: string): SectionError {
    const token = this.tokens[this.#at];
    const last = this.tokens.at(-1);
    return token === undefined
      ? new SectionError(last?.line ?? 1, `expected ${expected}, found the end of the file`)
      : new SectionError(token.line, `expected ${expected}, found "${token.text}"`);
  }
}
