/**
 * The tree of a `start on` or `stop on` (Upstart section 3.1: `and` and `or` have equal precedence, left to
 * right).
 */
import { literal, string, type Codec } from '../../codec/codec.js';
import { list, recursive } from '../../codec/containers.js';
import { optional } from '../../codec/field.js';
import { record, variant, type Recorded } from '../../codec/record.js';

/**
 * One operand of an event. Positional ones (without key) come first and are compared with the event's Nth
 * variable; `pattern` is a glob (fnmatch(3) without flags: `*` also matches `/`).
 */
const eventMatch = record({
  key: optional(string),
  negated: optional(literal(true)),
  pattern: string,
  /** the operand as written, which `show-config` prints */
  text: string,
});
export type EventMatch = Recorded<typeof eventMatch>;

export type ExpectedEvents =
  | { readonly kind: 'event'; readonly name: string; readonly matches: readonly EventMatch[] }
  | { readonly kind: 'and' | 'or'; readonly left: ExpectedEvents; readonly right: ExpectedEvents };

export type EventLeaf = Extract<ExpectedEvents, { kind: 'event' }>;

/** Returns the events of an expression from left to right. */
export function leavesOf(expression: ExpectedEvents | undefined): readonly EventLeaf[] {
  if (expression === undefined) return [];
  if (expression.kind === 'event') return [expression];
  return [...leavesOf(expression.left), ...leavesOf(expression.right)];
}

/** The job file parser, which is recursive, too, rejects longer expressions. */
const DEEPEST_EXPRESSION = 2000;

export const expectedEvents: Codec<ExpectedEvents> = recursive(() => EXPRESSION, {
  expected: 'an event expression',
  deepest: DEEPEST_EXPRESSION,
});

const operands = { left: expectedEvents, right: expectedEvents };

const EXPRESSION: Codec<ExpectedEvents> = variant('kind', {
  event: { name: string, matches: list(eventMatch) },
  and: operands,
  or: operands,
});
