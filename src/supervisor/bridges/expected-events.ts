/** Finds what job classes expect of one kind of event. */
import {
  leavesOf,
  type EventLeaf,
  type EventMatch,
  type ExpectedEvents,
} from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';

/** Returns the leaves of an expression for events of this name, from left to right. */
export function leavesNamed(expression: ExpectedEvents | undefined, name: string): readonly EventLeaf[] {
  return leavesOf(expression).filter((leaf) => leaf.name === name);
}

/** Returns those of `start on` and `stop on`. */
export function allLeavesNamed({ startOn, stopOn }: JobClass, name: string): readonly EventLeaf[] {
  return [...leavesNamed(startOn, name), ...leavesNamed(stopOn, name)];
}

/** Returns the operand with this key; the last one counts, as in an environment. */
export function operand(leaf: EventLeaf, key: string): EventMatch | undefined {
  return leaf.matches.findLast((match) => match.key === key);
}
