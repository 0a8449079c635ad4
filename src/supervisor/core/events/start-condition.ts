/**
 * The `start on` of a class with its memory. In Upstart that is one match: a part of the expression that an event has made
 * true ignores further events, so that of `start on a and b` with `instance $N`, two events a with different N and one b
 * start one job (section 3.2, "AND loses events"). With `start matches all` such an event begins a match of its own.
 *
 *      a N=1        a N=2              b
 *      [a1, -] ──▶ [a1, -] [a2, -] ──▶ [a1, b] [a2, b]: both start
 */
import type { ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../../jobfile/job-class/job-class.js';
import type { ReadonlyEnvironment } from '../environment.js';
import type { EmittedEvent, Operator, StartMatches } from '../model.js';
import { createOperator, isTrue, latched, latchedEvents, leavesOf, offer, reset } from './operator.js';

/** A `start on` is matched with no environment: `$NAME` in it never matches (Upstart section 2.3). */
const NO_ENVIRONMENT: ReadonlyEnvironment = new Map();

/** Events that nothing ever completes must not fill the memory: beyond this, further ones are ignored as in Upstart. */
const MAX_MATCHES = 1000;

export class StartCondition implements StartMatches {
  /** those of which a part is true */
  #matches: Operator[] = [];
  #held = 0;
  /** holds nothing yet; most events that are offered leave it so */
  #emptyMatch: Operator;

  private constructor(
    readonly expression: ExpectedEvents,
    private readonly keeps: 'first' | 'all',
  ) {
    this.#emptyMatch = createOperator(expression);
  }

  /** Undefined for a class without `start on`. */
  static of({ startOn, startMatches }: JobClass): StartCondition | undefined {
    return startOn === undefined ? undefined : new StartCondition(startOn, startMatches);
  }

  /** Changes with what is held, and costs nothing to ask. */
  get held(): number {
    return this.#held;
  }

  get matches(): readonly Operator[] {
    return this.#matches;
  }

  /**
   * Offers an event to every match. Each leaf that latches it is one more holder of it.
   *
   * @returns the matches that are complete by it; they are no longer here, and the caller releases what they hold
   */
  offer(event: EmittedEvent): readonly Operator[] {
    const matches = this.#matches.length === 0 ? [this.#emptyMatch] : this.#matches;
    const passedOver = matches.filter((match) => !offer(match, event, NO_ENVIRONMENT));
    if (passedOver.length === matches.length && this.keeps === 'first') return [];
    if (matches[0] === this.#emptyMatch && passedOver.length === 0)
      this.#emptyMatch = createOperator(this.expression);
    const had = this.#matches.length;
    this.#matches = matches.filter((match) => !isTrue(match) && latchedEvents(match).length > 0);
    // an expression of one event holds nothing beyond this call
    if (had > 0 || this.#matches.length > 0) this.#held += 1;
    if (this.keeps === 'all') this.#beginFrom(passedOver, event);
    return matches.filter(isTrue);
  }

  /** Takes back a match that was saved, as what its leaves hold, from left to right. */
  restore(held: readonly (EmittedEvent | undefined)[]): void {
    if (this.keeps === 'first' && this.#matches.length > 0) return;
    this.#matches.push(latched(this.expression, held));
  }

  /** All events that are held, once for each leaf that holds them. */
  latched(): readonly EmittedEvent[] {
    return this.#matches.flatMap(latchedEvents);
  }

  /** Forgets everything. @returns what was held; the caller releases it */
  reset(): readonly EmittedEvent[] {
    const held = this.#matches.flatMap(reset);
    this.#matches = [];
    return held;
  }

  /** Where the event belongs but another one stands already: the same match with this one in its place. */
  #beginFrom(passedOver: readonly Operator[], event: EmittedEvent): void {
    const known = new Set(this.#matches.map((match) => heldText(leavesOf(match).map((leaf) => leaf.event))));
    for (const match of passedOver) {
      const leaves = leavesOf(match);
      const belongs = leaves.map((leaf) => leaf.matches(event, NO_ENVIRONMENT));
      const held = leaves.map((leaf, index) => (belongs[index] === true ? event : leaf.event));
      const text = heldText(held);
      if (!belongs.includes(true) || known.has(text) || this.#matches.length >= MAX_MATCHES) continue;
      this.#matches.push(latched(this.expression, held));
      known.add(text);
    }
  }
}

/** What a match holds, leaf by leaf. Where that is the same, a further match would add nothing. */
function heldText(events: readonly (EmittedEvent | undefined)[]): string {
  return JSON.stringify(events.map((event) => event && [event.name, event.env]));
}
