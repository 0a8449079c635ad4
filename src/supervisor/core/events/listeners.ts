/**
 * Finds the listeners that an event may concern. With a thousand jobs, nearly all listen to `started` or
 * `stopping`, each of one other job, so the event's name alone selects little. A literal operand is therefore
 * part of the key.
 *
 *      start on started foo        ->  started, first value foo
 *      stop on runlevel [!2345]    ->  runlevel
 *      start on file FILE=/run/x   ->  file, FILE=/run/x
 */
import type { EventMatch, ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import { positionalVariable } from './event.js';
import type { EventLeaf } from '../../../jobfile/expression/event-expression.js';
import type { EmittedEvent } from '../model.js';

export class ListenerIndex<Listener> {
  readonly #listeners = new Map<string, Set<Listener>>();
  /** the order of notification */
  readonly #order = new Map<Listener, number>();

  /** @param subscriptions in the order of notification */
  constructor(subscriptions: Iterable<readonly [Listener, ExpectedEvents]>) {
    for (const [listener, expression] of subscriptions) {
      if (!this.#order.has(listener)) this.#order.set(listener, this.#order.size);
      this.#add(listener, expression);
    }
  }

  /** Returns all listeners with a leaf that may match the event, each once, and perhaps some more. */
  of(event: Pick<EmittedEvent, 'name' | 'env'>): readonly Listener[] {
    const found = new Set(this.#listeners.get(event.name));
    for (const key of keysOf(event))
      for (const listener of this.#listeners.get(key) ?? []) found.add(listener);
    const listeners = [...found];
    if (listeners.length > 1) listeners.sort((one, other) => this.#order.get(one)! - this.#order.get(other)!);
    return listeners;
  }

  #add(listener: Listener, expression: ExpectedEvents): void {
    if (expression.kind !== 'event') {
      this.#add(listener, expression.left);
      this.#add(listener, expression.right);
      return;
    }
    const key = keyOfLeaf(expression);
    const listeners = this.#listeners.get(key);
    if (listeners === undefined) this.#listeners.set(key, new Set([listener]));
    else listeners.add(listener);
  }
}

function keyOfLeaf(leaf: EventLeaf): string {
  const index = leaf.matches.findIndex(isLiteral);
  const match = leaf.matches[index];
  if (match === undefined || (match.key === undefined && index > 0)) return leaf.name;
  return match.key === undefined
    ? positionalKey(leaf.name, match.pattern)
    : namedKey(leaf.name, `${match.key}=${match.pattern}`);
}

/** Returns all keys, other than the name alone, under which a matching leaf may be stored. */
function keysOf(event: Pick<EmittedEvent, 'name' | 'env'>): string[] {
  const keys = event.env.map((assignment) => namedKey(event.name, assignment));
  const first = positionalVariable(event, 0);
  if (first !== undefined) keys.push(positionalKey(event.name, first));
  return keys;
}

function isLiteral(match: EventMatch): boolean {
  return match.negated !== true && !/[*?[\\$]/.test(match.pattern);
}

// a newline never occurs in an event's name
function positionalKey(name: string, value: string): string {
  return `${name}\n${value}`;
}

function namedKey(name: string, assignment: string): string {
  return `${name}\n\n${assignment}`;
}
