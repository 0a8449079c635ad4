import type { ConfLexer } from '../conf/lexer.js';
import type { EventMatch, ExpectedEvents } from './event-expression.js';
import { Refusal } from '../job-file-error.js';

type Operator = Exclude<ExpectedEvents['kind'], 'event'>;

/** More than anybody writes; so other code may walk the tree recursively. */
const MOST_EVENTS = 1000;

/** An entry of the stack, waiting for what follows. */
type Waiting =
  | { readonly kind: 'parenthesis' }
  | { readonly kind: 'operator'; readonly operator: Operator; readonly left: ExpectedEvents }
  | { readonly kind: 'event'; readonly name: string; readonly matches: EventMatch[] };

/**
 * Parses what follows `start on` or `stop on` (upstart.md 3.1), up to the end of its last line. Lines may be
 * broken inside parentheses.
 *
 * @throws Refusal with Upstart's message and line
 */
export function parseExpression(lexer: ConfLexer): ExpectedEvents {
  return new ExpressionParser(lexer).parse();
}

/** Parses with one stack, because `and` and `or` have equal precedence and associate to the left. */
class ExpressionParser {
  readonly #lexer: ConfLexer;
  readonly #stack: Waiting[] = [];
  /** the finished expression before the next word */
  #finished: ExpectedEvents | undefined;
  #depth = 0;
  #events = 0;
  /** where the present word begins: an error about its position is reported there */
  #wordLine = 0;

  constructor(lexer: ConfLexer) {
    this.#lexer = lexer;
  }

  parse(): ExpectedEvents {
    do {
      this.#lexer.skipBlanks();
      do this.#takeWord();
      while (this.#lexer.hasToken());
      this.#lexer.skipLine();
    } while (this.#depth > 0 && !this.#lexer.atEnd);
    const expression = this.#collect();
    if (this.#stack.length > 0) {
      throw this.#refuse('Mismatched parentheses', this.#lexer.line, 'the end of the expression', '`)`');
    }
    return expression;
  }

  #takeWord(): void {
    this.#wordLine = this.#lexer.line;
    const char = this.#lexer.peek();
    if (char === '(') this.#open();
    else if (char === ')') this.#close();
    else this.#takeOperatorOrOperand();
  }

  #open(): void {
    if (this.#finished !== undefined || this.#stack.at(-1)?.kind === 'event') {
      throw this.#refuse('Expected operator', this.#wordLine, '`(`', '`and` or `or`');
    }
    this.#depth++;
    this.#stack.push({ kind: 'parenthesis' });
    this.#lexer.takeCharacter();
  }

  #close(): void {
    this.#finished = this.#collect();
    if (this.#stack.pop() === undefined) {
      throw this.#refuse('Mismatched parentheses', this.#wordLine, '`)`', 'a `(` before it');
    }
    this.#depth--;
    this.#lexer.takeCharacter();
  }

  #takeOperatorOrOperand(): void {
    const start = this.#lexer.mark();
    // a quoted operator name is an ordinary operand
    const word = this.#lexer.operand(false);
    if (word === 'and' || word === 'or') {
      const left = this.#collect(`\`${word}\``);
      this.#finished = undefined;
      this.#stack.push({ kind: 'operator', operator: word, left });
      return;
    }
    this.#lexer.rewind(start);
    this.#takeOperand(this.#lexer.operand(true));
  }

  #takeOperand(text: string): void {
    const event = this.#stack.at(-1);
    if (event?.kind !== 'event') {
      if (++this.#events > MOST_EVENTS) {
        throw this.#refuse('Unexpected token', this.#wordLine, `"${text}"`, `${MOST_EVENTS} events at most`);
      }
      this.#stack.push({ kind: 'event', name: text, matches: [] });
      return;
    }
    const match = eventMatch(text);
    if (match.key === undefined && event.matches.at(-1)?.key !== undefined) {
      const expected = 'KEY=VALUE, because one stands before it';
      throw this.#refuse('Expected variable name before value', this.#lexer.line, `"${text}"`, expected);
    }
    event.matches.push(match);
  }

  /** Joins the waiting parts, back to the last open parenthesis, into one expression. */
  #collect(before = 'the end'): ExpectedEvents {
    let expression = this.#finished;
    for (;;) {
      const top = this.#stack.at(-1);
      if (top === undefined || top.kind === 'parenthesis') break;
      this.#stack.pop();
      if (top.kind === 'event') {
        if (expression !== undefined) {
          throw this.#refuse('Expected operator', this.#wordLine, `"${top.name}"`, '`and` or `or`');
        }
        expression = top;
      } else if (expression === undefined) {
        throw this.#refuse('Expected event', this.#wordLine, before, `an event behind \`${top.operator}\``);
      } else {
        expression = { kind: top.operator, left: top.left, right: expression };
      }
    }
    if (expression === undefined) throw this.#refuse('Expected event', this.#wordLine, before, 'an event');
    return expression;
  }

  #refuse(message: string, line: number, found: string, expected: string): Refusal {
    return new Refusal({ line, message, found, expected });
  }
}

/** Parses one operand of an event. `!=` is searched first, anywhere, as Upstart does when it matches. */
function eventMatch(text: string): EventMatch {
  const unequal = text.indexOf('!=');
  if (unequal !== -1)
    return { key: text.slice(0, unequal), negated: true, pattern: text.slice(unequal + 2), text };
  const equal = text.indexOf('=');
  if (equal !== -1) return { key: text.slice(0, equal), pattern: text.slice(equal + 1), text };
  return { pattern: text, text };
}
