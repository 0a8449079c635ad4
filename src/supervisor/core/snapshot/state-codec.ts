/** How the core's state is saved: events, classes and jobs. The model declares each field. */
import { checked, count, literal, string, type Codec } from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { DecodeError } from '../../../codec/decode-error.js';
import { field, inlined, linked, optional } from '../../../codec/field.js';
import { record, type Recorded } from '../../../codec/record.js';
import { expectedEvents } from '../../../jobfile/expression/event-expression.js';
import type { Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { due, type Clock } from '../model/clock.js';
import {
  classRecord,
  eventRecord,
  jobRecord,
  latches,
  scaleRecord,
  unclearRecord,
  type Classes,
  type EmittedEvent,
  type EventQueue,
  type Events,
} from '../model.js';
import { TIMER_KINDS, type TimerKind } from '../timers.js';
import { contradictionIn } from './consistency.js';

/**
 * Increased whenever a reader of the previous version would misunderstand the data. New fields have `isNew`.
 */
export const SAVED_VERSION = 1;

/** The context for the records of the core. */
export interface CoreContext extends Clock, Events, Classes {
  /** how long ago it was saved; 0 while it is being saved */
  readonly elapsed: Milliseconds;
}

/** The events that the `start on` of a class holds, for one match. */
const savedLatches = record({
  class: string,
  /** of the class at that time: its file may have changed since */
  expression: expectedEvents,
  /** for each leaf from left to right */
  leaves: latches,
});
export interface SavedLatches extends Recorded<typeof savedLatches> {}

const plainTimer = record({ kind: literal(...TIMER_KINDS), at: field(due, { name: 'in' }) });

/**
 * Timers that wait for a sign from main: while foster was not running, nobody received any. A daemon that has
 * become ready meanwhile, or has sent a keep-alive to nobody, must not be killed for that.
 */
const KEEPALIVE_TIMERS: ReadonlySet<TimerKind> = new Set(['start', 'watchdog']);

const savedTimer: Codec<Recorded<typeof plainTimer>, Pick<CoreContext, 'clock' | 'elapsed'>> = {
  write: (timer, context) => plainTimer.write(timer, context),
  read: (json, context) => {
    const { kind, at } = plainTimer.read(json, context);
    return { kind, at: KEEPALIVE_TIMERS.has(kind) ? at + context.elapsed : at };
  },
};

const jobAndTimers = record({
  job: inlined(jobRecord),
  /** of its class (ClassEntry): after a crash this is the only copy */
  scale: optional(scaleRecord),
  timers: list(savedTimer),
});
export interface SavedJob extends Recorded<typeof jobAndTimers> {}

const savedJob: Codec<SavedJob, CoreContext> = {
  write: (saved, context) => jobAndTimers.write(saved, context),
  read: (json, context) => {
    const saved = jobAndTimers.read(json, context);
    const contradiction = contradictionIn(
      saved.job,
      saved.timers.map(({ kind }) => kind),
    );
    if (contradiction === undefined) return saved;
    throw new DecodeError('state', 'one that fits the processes of the job', contradiction);
  },
};

const [manyEvents, manyLatches, manyJobs] = [list(eventRecord), list(savedLatches), list(savedJob)];

interface WithEvents {
  readonly events: readonly EmittedEvent[];
}

/** Jobs and latches refer to events by number. */
function withEvents(events: readonly EmittedEvent[], context: CoreContext): CoreContext {
  return { ...context, events: new Map(events.map((one) => [one.id, one])) };
}

/** Everything that a core needs to continue in another program. */
export const coreSnapshot = record({
  version: literal(SAVED_VERSION),
  nextEvent: field(count, { initial: 1, isNew: true }),
  /** all that are not finished, in the order in which they were emitted */
  events: checked(
    manyEvents,
    'each event once',
    (events) => new Set(events.map(({ id }) => id)).size === events.length,
  ),
  /** names of all classes, in the order in which events are offered to them */
  order: field(list(string), { initial: [], isNew: true }),
  /** classes with state beyond their file */
  classes: field(list(classRecord), { initial: [], isNew: true }),
  latches: linked(
    'latches',
    (all: readonly SavedLatches[], context: CoreContext) => manyLatches.write(all, context),
    (json, context, { events }: WithEvents) => manyLatches.read(json, withEvents(events, context)),
  ),
  jobs: linked(
    'jobs',
    (all: readonly SavedJob[], context: CoreContext) => manyJobs.write(all, context),
    (json, context, { events }: WithEvents) => manyJobs.read(json, withEvents(events, context)),
  ),
  unclear: field(list(unclearRecord), { initial: [], isNew: true }),
});
export interface CoreSnapshot extends Recorded<typeof coreSnapshot> {}

/**
 * Other parts of the core, and why nothing is lost without them. A new field must be here or in the snapshot.
 */
export const NOT_SAVED = {
  options: 'the program that goes on is given its own',
  timers: 'each job has its own',
  restartTimes: 'counted since this program began',
  holders: 'follows from jobs and classes',
  acknowledgements: 'clients of commands have lost their connection',
  effects: 'empty between two steps',
  latchesChanged: 'reported at the end of each step',
  now: 'comes with each step',
  pending: 'events say themselves that they are pending, in the same order',
  released: 'empty between two steps',
  handledSincePause: 'going on in another program is coming back from outside',
  pausing: 'the same',
  spawnedThisTurn: 'the same',
} as const satisfies Readonly<
  Record<Exclude<keyof CoreState | keyof EventQueue, keyof CoreSnapshot | 'living' | 'nextId'>, string>
>;
