import type { ExpectedEvents } from './event-expression.js';

/**
 * Formats an expression as `initctl show-config` does: parentheses around every operator, operands without
 * quotes.
 */
export function printExpression(expression: ExpectedEvents): string {
  if (expression.kind === 'event') {
    return [expression.name, ...expression.matches.map((match) => match.text)].join(' ');
  }
  return `(${printExpression(expression.left)} ${expression.kind} ${printExpression(expression.right)})`;
}

/** Formats an expression for both parsers: quotes and parentheses only if necessary. */
export function writeExpression(expression: ExpectedEvents): string {
  if (expression.kind === 'event') {
    return [expression.name, ...expression.matches.map((match) => match.text)].map(quoteOperand).join(' ');
  }
  const right = writeExpression(expression.right);
  // operators have equal precedence and associate to the left (upstart.md 3.1), so only the right side may
  // need parentheses
  return `${writeExpression(expression.left)} ${expression.kind} ${expression.right.kind === 'event' ? right : `(${right})`}`;
}

/** An expression as JSON: `["event", NAME, ARG...]`, `["and", A, B]`, `["or", A, B]`. */
type ExpressionJson =
  readonly ['event', ...string[]] | readonly ['and' | 'or', ExpressionJson, ExpressionJson];

export function expressionToJson(expression: ExpectedEvents): ExpressionJson {
  return expression.kind === 'event'
    ? ['event', expression.name, ...expression.matches.map((match) => match.text)]
    : [expression.kind, expressionToJson(expression.left), expressionToJson(expression.right)];
}

/**
 * Formats a word for both parsers.
 *
 * @param word any text without line breaks; may be empty only if the reader allows it, which no stanza does
 */
export function quoteWord(word: string): string {
  return /[\s"'#\\]/.test(word) ? quote(word) : word;
}

function quoteOperand(word: string): string {
  return word === 'and' || word === 'or' || /[()]/.test(word) ? quote(word) : quoteWord(word);
}

/** Quotes a text. Double quotes end before a double quote of the text, which goes into single quotes. */
function quote(word: string): string {
  return word
    .split(/("+)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') ? `'${part}'` : `"${part.replaceAll('\\', '\\\\')}"`))
    .join('');
}
