/** What the codecs of the core refer to: a clock, and the events and classes that jobs name. */
import { converted, count, milliseconds, type Codec } from '../../../codec/codec.js';
import type { ClassRegistry } from '../class-registry.js';
import type { EmittedEvent } from '../model.js';
import type { EventId, Milliseconds } from '../contract.js';

export interface CoreContext {
  /** when it was saved, by the present clock */
  readonly clock: Milliseconds;
  /** how long ago that was; 0 while it is being saved */
  readonly elapsed: Milliseconds;
  /** events by the ids under which they were saved */
  readonly events: ReadonlyMap<EventId, EmittedEvent>;
  /** in which a job finds the entry of its class. While reading, `add` does not change the core's own registry. */
  readonly classes: Pick<ClassRegistry, 'get' | 'add'>;
}

/**
 * A moment in the past, as how long ago it was: the clock of the program that reads it may begin elsewhere. The clock runs on
 * between two programs, so what is left is right again once it is read.
 */
export const since: Codec<Milliseconds, CoreContext> = converted<Milliseconds, Milliseconds, CoreContext>(
  milliseconds,
  (moment, { clock }) => clock - moment,
  (age, { clock }) => clock - age,
);

/** A moment in the future, as in how long it comes. */
export const due: Codec<Milliseconds, CoreContext> = converted<Milliseconds, Milliseconds, CoreContext>(
  milliseconds,
  (moment, { clock }) => moment - clock,
  (remaining, { clock }) => clock + remaining,
);

/** An event by its id. It is undefined where the event is not among those that were saved with it. */
export const eventReference: Codec<EmittedEvent | undefined, CoreContext> = {
  write: (event) => event?.id ?? null,
  read: (json, context) => (json === null ? undefined : context.events.get(count.read(json, context))),
};
