/** Events, and the parts of `start on` and `stop on` that hold them. */
import { boolean, checked, count, literal, string, type Codec } from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { changing, transient, variable } from '../../../codec/field.js';
import { record, type Recorded } from '../../../codec/record.js';
import type { EventLeaf } from '../../../jobfile/expression/event-expression.js';
import type { CommandId, EventId } from '../contract.js';
import type { ReadonlyEnvironment } from '../environment.js';

export const eventRecord = record({
  id: count,
  name: string,
  /** `KEY=VALUE` in the given order: positional operands depend on it */
  env: list(string),
  progress: variable(
    checked(
      literal('pending', 'handling', 'finished'),
      'pending or handling, since one that is finished is no longer there',
      (progress) => progress !== 'finished',
    ),
    { initial: 'pending' },
  ),
  /** a job that it started or stopped has failed */
  failed: variable(boolean, { initial: false }),
  /** number of operators and jobs that hold it */
  holders: changing(transient('whoever holds it says so, and is counted then', () => 0)),
  /** key of the job whose `starting` or `stopping` this is; that job waits until it is finished */
  blockedJob: changing(transient('the job that waits for it says so', (): string | undefined => undefined)),
  /** the `emit` that waits for it */
  command: changing(transient('its client has lost its connection', (): CommandId | undefined => undefined)),
});

export interface EmittedEvent extends Recorded<typeof eventRecord> {}

/** The context for records that refer to events. */
export interface Events {
  /** by the ids under which they were saved */
  readonly events: ReadonlyMap<EventId, EmittedEvent>;
}

/** Refers to an event by its id. Undefined if the event was not saved with it. */
export const eventReference: Codec<EmittedEvent | undefined, Events> = {
  write: (event) => event?.id ?? null,
  read: (json, context) => (json === null ? undefined : context.events.get(count.read(json, context))),
};

export interface EventQueue {
  /** all that are not finished */
  readonly living: Map<EventId, EmittedEvent>;
  /** emitted, but not yet offered to the jobs */
  pending: EmittedEvent[];
  /** without holders: to be finished */
  released: EmittedEvent[];
  nextId: EventId;
  /** number of events handled since the runtime last served its clients */
  handledSincePause: number;
  /** processes requested in this turn of the runtime's event loop */
  spawnedThisTurn: number;
  /** why handling is paused, with a timer that ends the pause */
  pausing: 'spawns' | 'endless' | undefined;
}

/** @param environment the job's variables, for `$NAME` in operands; a `start on` has none, so `$NAME` never matches there */
export type LeafMatcher = (event: EmittedEvent, environment: ReadonlyEnvironment) => boolean;

export interface LeafOperator {
  readonly kind: 'event';
  readonly leaf: EventLeaf;
  readonly matches: LeafMatcher;
  /** the event that it has latched */
  event: EmittedEvent | undefined;
}

interface BranchOperator {
  readonly kind: 'and' | 'or';
  readonly left: Operator;
  readonly right: Operator;
}

export type Operator = LeafOperator | BranchOperator;
