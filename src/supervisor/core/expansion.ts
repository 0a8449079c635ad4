/**
 * Expands `$NAME` and related forms in instance names and in operands of `stop on` (Upstart section 2.3).
 *
 *      $NAME  ${NAME}      the value; an error if the variable is unknown
 *      ${NAME-TEXT}        TEXT if it is unknown            ${NAME:-TEXT}  or empty
 *      ${NAME+TEXT}        TEXT if it is known, else empty  ${NAME:+TEXT}  and not empty
 *      ${}                 a dollar sign
 *
 * Text between braces is expanded before it is parsed, so names and texts may themselves be computed. A `$`
 * before anything else is literal.
 */
import type { ReadonlyEnvironment } from './environment.js';

export type Expansion =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: 'unknown-parameter' | 'bad-syntax'; readonly message: string };

/** Thrown and caught only within this file: an error may come from any depth of nesting. */
class ExpansionFailure extends Error {
  constructor(
    readonly error: 'unknown-parameter' | 'bad-syntax',
    message: string,
  ) {
    super(message);
  }
}

interface Cursor {
  readonly text: string;
  position: number;
}

/**
 * Expands all variables of a text.
 *
 * @returns the text, or Upstart's message: `Unknown parameter: NAME`, `Expected operator`, `Mismatched braces`
 */
export function expand(text: string, environment: ReadonlyEnvironment): Expansion {
  if (!text.includes('$')) return { ok: true, text };
  try {
    return { ok: true, text: expandUntil({ text, position: 0 }, environment, undefined) };
  } catch (failure) {
    if (!(failure instanceof ExpansionFailure)) throw failure;
    return { ok: false, error: failure.error, message: failure.message };
  }
}

/** Expands up to `end`, which is consumed, or to the end of the text. */
function expandUntil(cursor: Cursor, environment: ReadonlyEnvironment, end: '}' | undefined): string {
  let result = '';
  while (cursor.position < cursor.text.length) {
    const character = cursor.text[cursor.position]!;
    cursor.position += 1;
    if (character === end) return result;
    result += character === '$' ? reference(cursor, environment) : character;
  }
  if (end !== undefined) throw new ExpansionFailure('bad-syntax', 'Mismatched braces');
  return result;
}

/** Returns the value of a reference whose `$` has been consumed. */
function reference(cursor: Cursor, environment: ReadonlyEnvironment): string {
  if (cursor.text[cursor.position] === '{') {
    cursor.position += 1;
    return bracedReference(expandUntil(cursor, environment, '}'), environment);
  }
  const name = /^\w+/.exec(cursor.text.slice(cursor.position))?.[0];
  if (name === undefined) return '$';
  cursor.position += name.length;
  return known(name, environment);
}

function bracedReference(inside: string, environment: ReadonlyEnvironment): string {
  if (inside === '') return '$';
  const operatorAt = inside.search(/[:+-]/);
  if (operatorAt < 0) return known(inside, environment);

  const value = environment.get(inside.slice(0, operatorAt));
  const colon = inside[operatorAt] === ':';
  const operator = inside[operatorAt + (colon ? 1 : 0)];
  const alternative = inside.slice(operatorAt + (colon ? 2 : 1));
  const present = value !== undefined && !(colon && value === '');
  if (operator === '-') return present ? value : alternative;
  if (operator === '+') return present ? alternative : '';
  throw new ExpansionFailure('bad-syntax', 'Expected operator');
}

function known(name: string, environment: ReadonlyEnvironment): string {
  const value = environment.get(name);
  if (value === undefined) throw new ExpansionFailure('unknown-parameter', `Unknown parameter: ${name}`);
  return value;
}
