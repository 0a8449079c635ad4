/**
 * Finds text that a line must contain so that an expression can match it: `status 5\d\d|timed out` needs
 * `status 5` or `timed out`. A search for it through the bytes of a file skips almost all lines, and takes a
 * tenth of the time of running the expression on each. What is not understood here needs nothing. Pure.
 */

/** Alternatives, one of which each match contains. `undefined`: nothing is known. */
type Needed = readonly Literal[] | undefined;

interface Literal {
  /** as an expression of V8 for UTF-8 bytes in Latin-1; it has no repeats, so its time is linear */
  readonly source: string;
  readonly length: number;
}

/** As opposed to a group of one alternative, it can be joined with the text before it. */
type Character = Literal;

const NOTHING: Literal = { source: '', length: 0 };

/** A single letter is in nearly every line; a long list takes longer than the expression itself. */
const SHORTEST = 2;
const MOST_LENGTH = 500;

/** Escapes for one character of a kind or a position, without arguments. */
const PLAIN_ESCAPE = /[dDwWsSbBAzntrfva]/;

/**
 * Returns an expression for the bytes of a line, read as Latin-1, that matches in each line that `text`
 * matches, and in few others.
 * @param text a valid expression (pattern.ts)
 * @returns undefined if no such text is known
 */
export function requiredText(text: string): RegExp | undefined {
  const needed = new Reader(text).read();
  if (needed === undefined || shortest(needed) < SHORTEST) return undefined;
  const length = needed.reduce((sum, literal) => sum + literal.length, 0);
  if (length > MOST_LENGTH) return undefined;
  return new RegExp(needed.map(({ source }) => source).join('|'), 'g');
}

/** Thrown for syntax that is not understood here. */
class NotUnderstood extends Error {}

class Reader {
  private at = 0;
  private ignoresCase = false;

  constructor(private readonly text: string) {}

  read(): Needed {
    try {
      return this.alternatives();
    } catch (error) {
      if (error instanceof NotUnderstood) return undefined;
      throw error;
    }
  }

  private alternatives(): Needed {
    let all: Needed = this.sequence();
    while (this.take(/\|/y) !== undefined) {
      const next = this.sequence();
      all = all === undefined || next === undefined ? undefined : [...all, ...next];
    }
    return all;
  }

  /** Returns the best of what the parts need: each of them is needed. */
  private sequence(): Needed {
    let best: Needed;
    let run = NOTHING;
    const offer = (needed: Needed): void => {
      if (needed !== undefined && shortest(needed) > shortest(best ?? [NOTHING])) best = needed;
    };
    while (this.at < this.text.length && !/[|)]/.test(this.text[this.at]!)) {
      const part = this.part();
      const repeat = this.repeat();
      const character = isCharacter(part) && repeat !== 'optional' ? part : undefined;
      if (character !== undefined) run = joined(run, character);
      if (character !== undefined && repeat === 'once') continue;
      offer([run]);
      run = NOTHING;
      if (!isCharacter(part) && repeat !== 'optional') offer(part);
    }
    offer([run]);
    return best;
  }

  /** Reads a character, which can be part of a longer text, or something else. */
  private part(): Character | Needed {
    const opening = this.take(/\((?:\?(?:P?<\w+>|[a-zA-Z-]*[:)]))?/y);
    if (opening !== undefined) return this.group(opening);
    if (this.take(/\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/suy) !== undefined) return undefined;
    if (this.take(/[.^$]/y) !== undefined) return undefined;
    const escaped = this.take(/\\./suy)?.slice(1);
    if (escaped !== undefined) {
      if (PLAIN_ESCAPE.test(escaped)) return undefined;
      if (/[\w\P{ASCII}]/u.test(escaped)) throw new NotUnderstood();
      return this.literal(escaped);
    }
    const character = this.take(/[^()[\]{}*+?|\\]/suy);
    if (character === undefined) throw new NotUnderstood();
    return this.literal(character);
  }

  private group(opening: string): Needed {
    const before = this.ignoresCase;
    const [, flags, end] = /^\(\?([a-zA-Z-]*)([:)])$/.exec(opening) ?? [];
    if (flags !== undefined) this.setFlags(flags);
    // `(?i)` applies to the rest of the group around it; RE2 would repeat what is before `(?i)*`
    if (end === ')') {
      if (this.repeat() !== 'once') throw new NotUnderstood();
      return undefined;
    }
    const needed = this.alternatives();
    if (this.take(/\)/y) === undefined) throw new NotUnderstood();
    this.ignoresCase = before;
    return needed;
  }

  private setFlags(flags: string): void {
    const [on = '', off = ''] = flags.split('-');
    if (on.includes('i')) this.ignoresCase = true;
    if (off.includes('i')) this.ignoresCase = false;
  }

  private repeat(): 'once' | 'optional' | 'repeated' {
    const repeat = this.take(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y);
    if (repeat === undefined) return 'once';
    return /^(?:[*?]|\{0)/.test(repeat) ? 'optional' : 'repeated';
  }

  private literal(character: string): Character | undefined {
    // a line never contains a line end, and U+FFFD stands for any invalid byte
    if (/[\p{Cc}\ufffd]/u.test(character)) return undefined;
    const isAscii = character < '\x80';
    if (this.ignoresCase && !isAscii) return undefined;
    if (!isAscii) return bytesOf(character);
    const bytes = character.replace(/[^\w ]/, '\\$&');
    if (!this.ignoresCase || !/[a-z]/i.test(character)) return { source: bytes, length: 1 };
    const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
    const other = OTHER_CASE[lower];
    const both = `[${lower}${upper}]`;
    return { source: other === undefined ? both : `(?:${both}|${bytesOf(other).source})`, length: 1 };
  }

  /** Reads what a sticky expression matches here. */
  private take(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}

/** Letters beyond ASCII that RE2 folds to ASCII: the Kelvin sign and the long s. */
const OTHER_CASE: Readonly<Record<string, string>> = { k: '\u212a', s: '\u017f' };

function bytesOf(character: string): Literal {
  const bytes = [...Buffer.from(character)];
  return {
    source: bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    length: bytes.length,
  };
}

function joined(first: Literal, second: Literal): Literal {
  return { source: first.source + second.source, length: first.length + second.length };
}

function isCharacter(part: Character | Needed): part is Character {
  return part !== undefined && 'source' in part;
}

function shortest(literals: readonly Literal[]): number {
  return Math.min(...literals.map(({ length }) => length));
}
