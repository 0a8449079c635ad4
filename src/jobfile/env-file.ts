/**
 * Parses files of variables in the format of systemd's EnvironmentFile (systemd.exec(5)), common to Debian's
 * /etc/default and Docker's `--env-file`. It looks like shell, but nothing is expanded or executed. Pure.
 *
 *      # a comment, and so is a line that begins with ;
 *      KEY=plain text \            a backslash at the end of a line continues it
 *      KEY='literal text'
 *      KEY="with \" and \\ and \$ and \`"
 */

/** execve(2) accepts 128 KiB per variable, and usually 2 MiB altogether. A larger file is refused. */
export const LARGEST_ENV_FILE = 1024 * 1024;

interface EnvFile {
  /** `KEY=VALUE`, in order */
  readonly variables: readonly string[];
  /** oddities: skipped lines, as in systemd, and unclosed quotes */
  readonly remarks: readonly EnvFileRemark[];
}

interface EnvFileRemark {
  readonly line: number;
  readonly message: string;
}

/** Names allowed by POSIX and usable in every shell. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** In double quotes a backslash escapes only these; `\n` is a backslash and an n. */
const ESCAPED = '"\\`$';

export function parseEnvFile(text: string): EnvFile {
  const reader = new Reader(text.replaceAll('\r\n', '\n'));
  const variables: string[] = [];
  const remarks: EnvFileRemark[] = [];
  while (reader.skipToKey()) {
    const { line } = reader;
    const { key, hasValue } = reader.key();
    const value = hasValue ? reader.value() : '';
    const fault = faultOf(key, hasValue, value);
    if (fault !== undefined) remarks.push({ line, message: `${fault}, the line is passed over` });
    else variables.push(`${key}=${value}`);
    if (reader.isUnclosed)
      remarks.push({ line, message: `the quote of ${key} is not closed before the end of the file` });
  }
  return { variables, remarks };
}

function faultOf(key: string, hasValue: boolean, value: string): string | undefined {
  if (!hasValue) return `"${key}" has no \`=\``;
  if (value.includes('\0')) return `the value of ${key} has a NUL byte`;
  if (NAME.test(key)) return undefined;
  const exported = /^export\s+(\S+)$/.exec(key)?.[1];
  const hint = exported === undefined ? '' : ` (the file is no shell script: write \`${exported}=...\`)`;
  return `"${key}" is no name of a variable${hint}`;
}

/** Reads the text once, like systemd's parser (src/basic/env-file.c). */
class Reader {
  line = 1;
  /** the last quote is not closed before the end of the text */
  isUnclosed = false;
  #at = 0;

  constructor(private readonly text: string) {}

  /** Skips blanks, empty lines and comments. @returns whether something follows */
  skipToKey(): boolean {
    for (; this.#at < this.text.length; this.#take()) {
      const character = this.#peek();
      if (character === '#' || character === ';') this.#skipLine();
      else if (!isBlank(character)) return true;
    }
    return false;
  }

  /** Reads up to `=`, or to the end of a line without one. */
  key(): { readonly key: string; readonly hasValue: boolean } {
    const from = this.#at;
    while (this.#at < this.text.length && this.#peek() !== '=' && !isLineEnd(this.#peek())) this.#at += 1;
    const key = this.text.slice(from, this.#at).trimEnd();
    const hasValue = this.#peek() === '=';
    if (hasValue) this.#at += 1;
    return { key, hasValue };
  }

  /**
   * Reads a value: quoted parts one after the other, then an optional plain one up to the end of the line.
   */
  value(): string {
    let value = '';
    for (; this.#at < this.text.length; this.#at += 1) {
      const character = this.#peek();
      if (isLineEnd(character)) return value;
      if (character === "'") value += this.#singleQuoted();
      else if (character === '"') value += this.#doubleQuoted();
      else if (!isBlank(character)) return value + this.#plain();
    }
    return value;
  }

  /** Reads a plain part. Trailing blanks do not belong to it, unless escaped. */
  #plain(): string {
    let [value, kept] = ['', 0];
    for (; this.#at < this.text.length && !isLineEnd(this.#peek()); this.#take()) {
      if (this.#peek() !== '\\') {
        value += this.#peek();
        if (!isBlank(this.#peek())) kept = value.length;
        continue;
      }
      this.#at += 1;
      if (!isLineEnd(this.#peek())) value += this.#peek();
      kept = value.length;
    }
    return value.slice(0, kept);
  }

  /** Reads up to the closing quote, or the end of the file. */
  #singleQuoted(): string {
    let value = '';
    for (this.#at += 1; this.#at < this.text.length && this.#peek() !== "'"; this.#take())
      value += this.#peek();
    this.isUnclosed = this.#peek() === '';
    return value;
  }

  #doubleQuoted(): string {
    let value = '';
    for (this.#at += 1; this.#at < this.text.length && this.#peek() !== '"'; this.#take()) {
      if (this.#peek() !== '\\') {
        value += this.#peek();
        continue;
      }
      this.#at += 1;
      if (this.#peek() === '\n') continue;
      value += ESCAPED.includes(this.#peek() || 'x') ? this.#peek() : `\\${this.#peek()}`;
    }
    this.isUnclosed = this.#peek() === '';
    return value;
  }

  #skipLine(): void {
    while (this.#at < this.text.length && this.#peek() !== '\n') this.#at += 1;
    this.line += 1;
  }

  /** Returns the present character, advances, and counts lines. */
  #take(): string {
    const character = this.#peek();
    if (character === '\n') this.line += 1;
    this.#at += 1;
    return character;
  }

  #peek(): string {
    return this.text.charAt(this.#at);
  }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || isLineEnd(character);
}

function isLineEnd(character: string): boolean {
  return character === '\n' || character === '\r';
}
