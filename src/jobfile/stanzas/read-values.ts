import type { Argument } from './argument.js';
import type { ConfLexer } from '../conf/lexer.js';
import { Refusal } from '../job-file-error.js';
import { nearestWord } from './nearest-word.js';

/**
 * Reads the values of a stanza's arguments, in order; both forms of job file use it.
 *
 * @param before words of the stanza that have already been read, such as the key `limit nofile` of an `.ini`
 * file
 * @throws Refusal at the wrong value, or where one is missing
 */
export function readArguments(
  lexer: ConfLexer,
  list: readonly Argument[],
  before: readonly string[] = [],
): readonly unknown[] {
  const values: unknown[] = [];
  for (const [index, argument] of list.entries()) {
    const given = before[index];
    if (given === undefined && argument.optional && !lexer.hasToken()) break;
    // an illegal value is reported where it begins, even if it continues over several lines
    const line = lexer.line;
    // that a second value is missing surprises: `limit nofile 1024`
    const expected = index === 0 ? argument.expected : `${argument.name}, ${argument.expected}`;
    const word = given ?? lexer.argument(expected);
    values.push(decode(argument, word, line));
    if (argument.last === word) break;
  }
  return values;
}

/** Reads one or more values of one kind. */
export function readList(lexer: ConfLexer, of: Argument): readonly unknown[] {
  const values: unknown[] = [];
  do {
    const line = lexer.line;
    values.push(decode(of, lexer.argument(of.expected), line));
  } while (lexer.hasToken());
  return values;
}

/**
 * Returns the value of a word.
 *
 * @throws Refusal in Upstart's words
 */
export function decode(argument: Argument, word: string, line: number): unknown {
  const value = argument.decode(word);
  if (value !== undefined) return value;
  const reason = argument.reason?.(word);
  throw new Refusal({
    line,
    message: argument.illegal,
    ...foundWord(word, argument.words ?? [], argument.prefix),
    expected: reason === undefined ? argument.expected : `${argument.expected} (${reason})`,
    ...(argument.lineless && { lineless: true }),
  });
}

/**
 * Describes an unknown word.
 *
 * @param prefix an optional prefix of each known word, which is not part of it
 */
export function foundWord(
  word: string,
  known: Iterable<string>,
  prefix = '',
): { found: string; nearest?: string } {
  const seen = word.replace(UNSEEN, '');
  const nearest = nearestWord(seen.startsWith(prefix) ? seen.slice(prefix.length) : seen, known);
  // a known word is only in the wrong place
  return { found: quoted(word), ...(nearest !== undefined && nearest !== seen && { nearest }) };
}

/** Invisible characters that an editor leaves in a file. */
const UNSEEN = /[\ufeff\u00a0\u200b-\u200d\u2060]/g;
const UNSEEN_NAMES: Readonly<Record<string, string>> = {
  '\ufeff': 'byte order mark',
  '\u00a0': 'no-break space',
};

/** Quotes a word; invisible characters are named. */
function quoted(word: string): string {
  if (word.startsWith(BYTE_ORDER_MARK)) {
    const rest = word.slice(BYTE_ORDER_MARK.length);
    return rest === '' ? 'a byte order mark' : `a byte order mark before ${quoted(rest)}`;
  }
  return `"${word.replace(UNSEEN, (character) => `<${UNSEEN_NAMES[character] ?? 'zero-width character'}>`)}"`;
}

/** Some editors begin a UTF-8 file with it. */
export const BYTE_ORDER_MARK = '\ufeff';
