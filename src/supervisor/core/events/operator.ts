/**
 * The tree of a `start on` or `stop on` with its memory (Upstart section 3.2). A matched leaf stays true,
 * holds its event and ignores others until the whole expression has become true and is reset.
 */
import type { ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import { assign, type Environment, type ReadonlyEnvironment } from '../environment.js';
import type { EmittedEvent, LeafOperator, Operator } from '../model/event.js';
import { compileLeaf } from './match.js';

export function createOperator(expression: ExpectedEvents): Operator {
  if (expression.kind === 'event') {
    return { kind: 'event', leaf: expression, matches: compileLeaf(expression), event: undefined };
  }
  return {
    kind: expression.kind,
    left: createOperator(expression.left),
    right: createOperator(expression.right),
  };
}

/** Tests whether the latched events make the expression true. */
export function isTrue(operator: Operator): boolean {
  switch (operator.kind) {
    case 'event':
      return operator.event !== undefined;
    case 'and':
      return isTrue(operator.left) && isTrue(operator.right);
    case 'or':
      return isTrue(operator.left) || isTrue(operator.right);
  }
}

/**
 * Offers an event to every leaf. Each leaf that latches it becomes a holder.
 *
 * @returns whether any leaf has latched it
 */
export function offer(operator: Operator, event: EmittedEvent, environment: ReadonlyEnvironment): boolean {
  if (operator.kind !== 'event') {
    const left = offer(operator.left, event, environment);
    const right = offer(operator.right, event, environment);
    return left || right;
  }
  if (operator.event !== undefined || !operator.matches(event, environment)) return false;
  operator.event = event;
  event.holders += 1;
  return true;
}

/**
 * Returns an operator whose leaves hold these events, from left to right; each leaf becomes a holder.
 *
 * @param events undefined for a leaf without an event
 */
export function latched(expression: ExpectedEvents, events: readonly (EmittedEvent | undefined)[]): Operator {
  const operator = createOperator(expression);
  leavesOf(operator).forEach((leaf, index) => {
    const event = events[index];
    if (event === undefined) return;
    leaf.event = event;
    event.holders += 1;
  });
  return operator;
}

/** Returns the part of the expression that is not yet true; undefined if all is. */
export function missingEvents(operator: Operator): ExpectedEvents | undefined {
  if (operator.kind === 'event') return operator.event === undefined ? operator.leaf : undefined;
  const left = missingEvents(operator.left);
  const right = missingEvents(operator.right);
  if (left !== undefined && right !== undefined) return { kind: operator.kind, left, right };
  return operator.kind === 'and' ? (left ?? right) : undefined;
}

/** Returns the leaves from left to right. */
export function leavesOf(operator: Operator, leaves: LeafOperator[] = []): LeafOperator[] {
  if (operator.kind === 'event') leaves.push(operator);
  else {
    leavesOf(operator.left, leaves);
    leavesOf(operator.right, leaves);
  }
  return leaves;
}

/** Returns all latched events, used or not, from left to right. */
export function latchedEvents(operator: Operator): EmittedEvent[] {
  return leavesOf(operator).flatMap((leaf) => leaf.event ?? []);
}

/** Returns the events that have made the expression true, from left to right; not those in false branches. */
export function decisiveEvents(operator: Operator): EmittedEvent[] {
  if (!isTrue(operator)) return [];
  if (operator.kind === 'event') return operator.event === undefined ? [] : [operator.event];
  return [...decisiveEvents(operator.left), ...decisiveEvents(operator.right)];
}

/**
 * Clears all leaves.
 *
 * @returns the events that were held, once for each leaf; the caller releases them
 */
export function reset(operator: Operator): EmittedEvent[] {
  const held: EmittedEvent[] = [];
  for (const leaf of leavesOf(operator)) {
    if (leaf.event !== undefined) held.push(leaf.event);
    leaf.event = undefined;
  }
  return held;
}

/**
 * Adds the variables of events, in order, and their names as one variable (`UPSTART_EVENTS` or `UPSTART_STOP_EVENTS`).
 */
export function addEventVariables(
  environment: Environment,
  events: readonly EmittedEvent[],
  namesVariable: 'UPSTART_EVENTS' | 'UPSTART_STOP_EVENTS',
): void {
  for (const event of events) assign(environment, event.env);
  environment.set(namesVariable, events.map((event) => event.name).join(' '));
}
