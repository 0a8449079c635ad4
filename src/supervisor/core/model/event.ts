/** Events, and what of a `start on` or `stop on` holds them. */
import { boolean, checked, count, literal, string, type Codec } from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { changing, transient, variable } from '../../../codec/field.js';
import { record, type Recorded } from '../../../codec/record.js';
import type { ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import type { CommandId, EventId } from '../contract.js';
import type { ReadonlyEnvironment } from '../environment.js';

export const eventRecord = record({
  id: count,
  name: string,
  /** `KEY=VALUE` in the order given: positional operands count them */
  env: list(string),
  progress: variable(
    checked(
      literal('pending', 'handling', 'finished'),
      'pending or handling, since one that is finished is no longer there',
      (progress) => progress !== 'finished',
    ),
    { initial: 'pending' },
  ),
  /** something that it started or stopped has failed */
  failed: variable(boolean, { initial: false }),
  /** how many operators and jobs hold it */
  holders: changing(transient('whoever holds it says so, and is counted then', () => 0)),
  /** key of the job whose `starting` or `stopping` this is, and which stays there until it is finished */
  blockedJob: changing(transient('the job that waits for it says so', (): string | undefined => undefined)),
  /** the `emit` that waits for it */
  command: changing(transient('its client has lost its connection', (): CommandId | undefined => undefined)),
});

export interface EmittedEvent extends Recorded<typeof eventRecord> {}

/** What jobs and classes that are saved refer to. */
export interface Events {
  /** by the ids under which they were saved */
  readonly events: ReadonlyMap<EventId, EmittedEvent>;
}

/** An event by its id. It is undefined where the event is not among those that were saved with it. */
export const eventReference: Codec<EmittedEvent | undefined, Events> = {
  write: (event) => event?.id ?? null,
  read: (json, context) => (json === null ? undefined : context.events.get(count.read(json, context))),
};

export interface EventQueue {
  /** all that are not finished */
  readonly living: Map<EventId, EmittedEvent>;
  /** emitted, and not offered to the jobs yet */
  pending: EmittedEvent[];
  /** no longer held: to be finished */
  released: EmittedEvent[];
  nextId: EventId;
  /** how many have been handled since the runtime last came back from outside */
  handledSincePause: number;
  /** processes that were asked for in this turn of the runtime's event loop */
  spawnedThisTurn: number;
  /** the timer is set after which handling goes on, and why */
  pausing: 'spawns' | 'endless' | undefined;
}

export type EventLeaf = Extract<ExpectedEvents, { kind: 'event' }>;

/** @param environment the job's variables, for `$NAME` in operands; a `start on` has none, so `$NAME` never matches there */
export type LeafMatcher = (event: EmittedEvent, environment: ReadonlyEnvironment) => boolean;

export interface LeafOperator {
  readonly kind: 'event';
  readonly leaf: EventLeaf;
  readonly matches: LeafMatcher;
  /** what it has latched */
  event: EmittedEvent | undefined;
}

interface BranchOperator {
  readonly kind: 'and' | 'or';
  readonly left: Operator;
  readonly right: Operator;
}

export type Operator = LeafOperator | BranchOperator;
