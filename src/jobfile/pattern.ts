/**
 * Regular expressions in job files and requests. They use RE2's engine, whose time is linear in the text.
 * V8's own engine backtracks: one line of 16 KB blocked PID 1 for half an hour. What RE2 does not support
 * (lookaround, back-references, repeats over 1000) is an error in the job file.
 */
import { createRequire } from 'node:module';
import type * as Re2 from 're2js';

/**
 * Thrown for an invalid expression, or one that RE2 does not support. The message names the part and the
 * reason.
 */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

export interface Pattern {
  /** tests whether the expression matches anywhere in the first `MATCHED_LENGTH` characters */
  test(text: string): boolean;
}

/**
 * Maximum length per line. The worst accepted expression takes some 40 microseconds per character, so a line
 * takes at most a sixth of a second. Ordinary ones take less than a tenth of a microsecond.
 */
export const MATCHED_LENGTH = 4096;

/**
 * Maximum steps of the compiled expression. Each may be executed for each character; ordinary expressions
 * have less than a hundred.
 */
const MOST_STEPS = 3000;

/** Patterns of job files are compiled at each load: a rejected one must not take long either. */
const MOST_ESTIMATED_STEPS = 10 * MOST_STEPS;

let engine: typeof Re2 | undefined;

/**
 * Compiles an expression in JavaScript's syntax with flag `u`, as far as RE2 supports it, or in RE2's own.
 * The engine is loaded at the first call: it takes 10 ms, and most machines have no such job.
 * @throws PatternError
 */
export function compilePattern(text: string): Pattern {
  if (estimateSteps(text) > MOST_ESTIMATED_STEPS) throw tooComplex();
  // `re2js` also exists as a CommonJS module: an import would be asynchronous in the middle of a parser
  engine ??= createRequire(import.meta.url)('re2js') as typeof Re2;
  const compiled = compile(engine, text);
  if (compiled.programSize() > MOST_STEPS) throw tooComplex();
  return {
    test: (line) => compiled.test(line.length > MATCHED_LENGTH ? line.slice(0, MATCHED_LENGTH) : line),
  };
}

function compile({ RE2JS, RE2JSException }: typeof Re2, text: string): Re2.RE2JS {
  try {
    return RE2JS.compile(withoutUnicodeEscapes(text));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new PatternError(explainRefusal(text, error.message));
  }
}

/**
 * Converts JavaScript's `\u00e4` and `\u{e4}` to RE2's `\x{e4}`. Other escapes unknown to RE2 are errors in
 * both.
 */
function withoutUnicodeEscapes(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-f]{4})|u\{([0-9a-f]+)\}|.)/gis,
    (escape, ...[four, any]: (string | undefined)[]) => {
      const code = four ?? any;
      return code === undefined ? escape : `\\x{${code}}`;
    },
  );
}

function tooComplex(): PatternError {
  return new PatternError(
    `it is too complex: more than ${MOST_STEPS} steps when its repeats are written out`,
  );
}

/** Unsupported constructs of other engines, by how they begin. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/\(\?(?:=|!|<=|<!)/, 'lookahead and lookbehind'],
  [/\\(?:[1-9]|k<)/, 'back-references'],
  [/\(\?>|[*+?}]\+/, 'possessive repeats and atomic groups'],
];

function explainRefusal(text: string, message: string): string {
  // without escaped backslashes, so that `\\1` is no back-reference
  const bare = text.replaceAll('\\\\', '');
  const used = UNSUPPORTED.find(([form]) => form.test(bare));
  if (used !== undefined) return `${used[1]} are not supported: patterns run in linear time, as in RE2`;
  const [, reason, part] = /^error parsing regexp: ([^`]*): `(.*)`$/s.exec(message) ?? [];
  if (reason === undefined || part === undefined) return message;
  const bound = reason === 'invalid repeat count' ? ', from 0 to 1000 is possible' : '';
  return `${reason} \`${part}\`${bound}`;
}

/**
 * Estimates the steps of an expression with expanded repeats, without compiling it: a group of a thousand
 * letters with `{1000}` would take seconds.
 */
function estimateSteps(text: string): number {
  const groups: number[] = [];
  let sum = 0;
  let last = 0;
  for (const [token] of text.matchAll(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)?(?:,(\d*))?\}|[()]|./gsu)) {
    if (token === '(') {
      groups.push(sum);
      sum = 0;
      last = 0;
    } else if (token === ')') {
      last = sum + 2;
      sum = (groups.pop() ?? 0) + last;
    } else if (/^\{\d/.test(token)) {
      const times = Math.max(...(token.match(/\d+/g) ?? []).map(Number));
      sum += last * (times - 1);
      last *= times;
    } else {
      last = 1;
      sum += 1;
    }
  }
  return sum;
}

/** Returns what is wrong with a pattern; undefined if it is valid. */
export function whyNoPattern(word: string): string | undefined {
  try {
    compilePattern(word);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
