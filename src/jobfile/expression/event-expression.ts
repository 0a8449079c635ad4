/** The tree that `start on` and `stop on` describe (Upstart section 3.1: `and` and `or` have equal precedence, left to right). */
export type ExpectedEvents =
  | { readonly kind: 'event'; readonly name: string; readonly matches: readonly EventMatch[] }
  | { readonly kind: 'and' | 'or'; readonly left: ExpectedEvents; readonly right: ExpectedEvents };

/**
 * One operand behind an event's name. Positional ones (no key) come first and compare with the value of the event's
 * Nth variable; `pattern` is a glob (fnmatch(3) without flags: `*` matches `/` too).
 */
export interface EventMatch {
  readonly key?: string;
  readonly negated?: true;
  readonly pattern: string;
  /** the operand as written, which `show-config` prints */
  readonly text: string;
}
