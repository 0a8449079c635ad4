/**
 * The `start on` of a class with its memory. Upstart has one match: a leaf that an event has made true
 * ignores further events. So with `start on a and b` and `instance $N`, two events a with different N and one
 * b start only one job (section 3.2, "AND loses events"). With `start matches all`, such an event starts
 * another match.
 *
 *      a N=1        a N=2              b
 *      [a1, -] ──▶ [a1, -] [a2, -] ──▶ [a1, b] [a2, b]: both start
 */
import type { ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../../jobfile/job-class/job-class.js';
import type { ReadonlyEnvironment } from '../environment.js';
import type { EmittedEvent, Operator, StartMatches } from '../model.js';
import { createOperator, isTrue, latched, latchedEvents, leavesOf, offer, reset } from './operator.js';

/** A `start on` is matched without environment: `$NAME` in it never matches (Upstart section 2.3). */
const NO_ENVIRONMENT: ReadonlyEnvironment = new Map();

/** Limits incomplete matches, which must not fill the memory: further events are ignored as in Upstart. */
const MAX_MATCHES = 1000;

export class StartCondition implements StartMatches {
  /** matches with a true part */
  #matches: Operator[] = [];
  #held = 0;
  /** holds nothing yet; most offered events leave it unchanged */
  #emptyMatch: Operator;

  private constructor(
    readonly expression: ExpectedEvents,
    private readonly keeps: 'first' | 'all',
  ) {
    this.#emptyMatch = createOperator(expression);
  }

  /** Returns undefined for a class without `start on`. */
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
   * Offers an event to every match. Each leaf that latches it becomes a holder.
   *
   * @returns the matches that it completes; they are removed here, and the caller releases what they hold
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

  /** Restores a saved match from the events that its leaves hold, left to right. */
  restore(held: readonly (EmittedEvent | undefined)[]): void {
    if (this.keeps === 'first' && this.#matches.length > 0) return;
    this.#matches.push(latched(this.expression, held));
  }

  /** Returns all held events, once for each leaf. */
  latched(): readonly EmittedEvent[] {
    return this.#matches.flatMap(latchedEvents);
  }

  /** Clears all matches. @returns what was held; the caller releases it */
  reset(): readonly EmittedEvent[] {
    const held = this.#matches.flatMap(reset);
    this.#matches = [];
    return held;
  }

  /**
   * Starts further matches: for a leaf already taken by another event, a copy of that match with this event
   * instead.
   */
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

/** Describes what a match holds, leaf by leaf, to detect matches that would add nothing. */
function heldText(events: readonly (EmittedEvent | undefined)[]): string {
  return JSON.stringify(events.map((event) => event && [event.name, event.env]));
}
