/**
 * Finds the holders of an event: jobs in transition, and expressions that still wait for other events.
 *
 * `list` asks for them for each waiting job, and a booting machine has hundreds of them beside hundreds of classes. The first question
 * after an input is answered by a search that ends with the last holder; the second one finds all holders of all events.
 */
import { writeExpression } from '../../../jobfile/expression/print.js';
import type { ClassRegistry } from '../class-registry.js';
import { missingEvents } from '../events/operator.js';
import type { EmittedEvent, Job, Operator } from '../model.js';

/** What is searched for holders. */
interface Searched {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly classes: Pick<ClassRegistry, 'all'>;
}

/** One way in which an event is held. */
interface Hold {
  readonly event: EmittedEvent;
  readonly text: () => string;
}

/** Caches what it finds until the next input. */
export class Holders {
  #isAsked = false;
  #byEvent: ReadonlyMap<EmittedEvent, readonly Hold[]> | undefined;

  /** Drops the cache, because the state is about to change. */
  forget(): void {
    this.#isAsked = false;
    this.#byEvent = undefined;
  }

  of(core: Searched, event: EmittedEvent): string[] {
    const holds = this.#isAsked ? (this.#all(core).get(event) ?? []) : search(core, event);
    this.#isAsked = true;
    return [...new Set(holds.map(({ text }) => text()))];
  }

  #all(core: Searched): ReadonlyMap<EmittedEvent, readonly Hold[]> {
    this.#byEvent ??= grouped(allHolds(core));
    return this.#byEvent;
  }
}

function grouped(holds: Iterable<Hold>): ReadonlyMap<EmittedEvent, readonly Hold[]> {
  const byEvent = new Map<EmittedEvent, Hold[]>();
  for (const hold of holds) {
    const others = byEvent.get(hold.event);
    if (others === undefined) byEvent.set(hold.event, [hold]);
    else others.push(hold);
  }
  return byEvent;
}

function search(core: Searched, event: EmittedEvent): readonly Hold[] {
  const found: Hold[] = [];
  if (event.holders <= 0) return found;
  for (const hold of allHolds(core)) {
    if (hold.event !== event) continue;
    found.push(hold);
    if (found.length === event.holders) break;
  }
  return found;
}

function* allHolds(core: Searched): Iterable<Hold> {
  for (const job of core.jobs.values()) {
    for (const waiter of job.waiters)
      if (waiter.kind === 'event') yield { event: waiter.event, text: () => progressOf(job) };
    if (job.stopOn !== undefined) yield* latchHolds(job.stopOn, () => `stop on of ${job.label}`);
  }
  for (const entry of core.classes.all())
    for (const match of entry.startOn?.matches ?? [])
      yield* latchHolds(match, () => `start on of ${entry.name}`);
}

function* latchHolds(operator: Operator, what: () => string, whole = operator): Iterable<Hold> {
  if (operator.kind !== 'event') {
    yield* latchHolds(operator.left, what, whole);
    yield* latchHolds(operator.right, what, whole);
  } else if (operator.event !== undefined) {
    yield {
      event: operator.event,
      text: () => `${what()}, which also waits for ${missingText(whole)}`,
    };
  }
}

/** Formats `foo (start/pre-start)`. */
export function progressOf(job: Job): string {
  return `${job.label} (${job.goal}/${job.state})`;
}

/** Formats the part of an expression that is not true yet. */
export function missingText(operator: Operator): string {
  const missing = missingEvents(operator);
  return missing === undefined ? 'nothing' : writeExpression(missing);
}
