/** How the core's state is saved: events, classes and jobs (one job: job-codec.ts). */
import { expectedEvents, type ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import {
  boolean,
  checked,
  count,
  literal,
  nullable,
  pid,
  string,
  type Codec,
  converted,
} from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { recordOf } from '../../../codec/record.js';
import type { ClassEntry, EmittedEvent, EventQueue, Job, LastEnd, Scale, UnclearJob } from '../model.js';
import type { EventId, Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { noRuns } from '../counts.js';
import { TIMER_KINDS, type TimerKind } from '../timers.js';
import { due, since, type CoreContext } from './context.js';
import { NO_HISTORY } from '../job-history.js';
import { history } from './history-codec.js';
import { environment, exit, failure, job, jobRef, latches } from './job-codec.js';
import { field, inlined, linked, optional, transient } from '../../../codec/field.js';
import { instances } from '../../../jobfile/job-class/values.js';
import { jobClass } from '../../../jobfile/job-class/job-class.js';

/** Raised whenever a reader of the version before would misunderstand what is written. New fields have a `whenAbsent`. */
export const SAVED_VERSION = 1;

/** Everything that a core which goes on in another program has to know. */
export interface CoreSnapshot {
  readonly version: typeof SAVED_VERSION;
  readonly nextEvent: EventId;
  /** all that are not finished, in the order in which they were emitted */
  readonly events: readonly EmittedEvent[];
  /** names of all classes, in the order in which events are offered to them */
  readonly order: readonly string[];
  /** those of which more is known than their file says */
  readonly classes: readonly ClassEntry[];
  readonly latches: readonly SavedLatches[];
  readonly jobs: readonly SavedJob[];
  readonly unclear: readonly UnclearJob[];
}

/** What the `start on` of a class holds, one for each match. */
export interface SavedLatches {
  readonly class: string;
  /** of the class at that time: its file may have changed since */
  readonly expression: ExpectedEvents;
  /** for each leaf from left to right */
  readonly leaves: readonly (EmittedEvent | undefined)[];
}

export interface SavedJob {
  readonly job: Job;
  /** of its class (ClassEntry): after a crash nothing else knows it */
  readonly scale?: Scale;
  readonly timers: readonly SavedTimer[];
}

export interface SavedTimer {
  readonly kind: TimerKind;
  readonly at: Milliseconds;
}

/** What else there is in a core, and why nothing is lost with it. A new field has to be here or in the snapshot. */
export const NOT_SAVED = {
  options: 'the program that goes on is given its own',
  timers: 'each job has its own',
  restartTimes: 'counted since this program began',
  acknowledgements: 'clients of commands have lost their connection',
  effects: 'empty between two steps',
  now: 'comes with each step',
  pending: 'events say themselves that they are pending, in the same order',
  released: 'empty between two steps',
  handledAtOnce: 'going on in another program is coming back from outside',
  pausing: 'the same',
  spawnedAtOnce: 'the same',
} as const satisfies Readonly<
  Record<Exclude<keyof CoreState | keyof EventQueue, keyof CoreSnapshot | 'living' | 'nextId'>, string>
>;

const event = recordOf<EmittedEvent>({
  id: count,
  name: string,
  env: list(string),
  progress: checked(
    literal('pending', 'handling', 'finished'),
    'pending or handling, since one that is finished is no longer there',
    (progress) => progress !== 'finished',
  ),
  failed: boolean,
  holders: transient('whoever holds it says so, and is counted then', () => 0),
  blockedJob: transient('the job that waits for it says so', () => undefined),
  command: transient('its client has lost its connection', () => undefined),
});

const scale = recordOf<Scale>({ count, inFile: nullable(instances) });

const lastEnd = recordOf<LastEnd, CoreContext>({
  instance: string,
  at: field(since, { name: 'age' }),
  failure: nullable(failure),
  exit: nullable(exit),
  history: field(history, { whenAbsent: () => NO_HISTORY }),
});

const copyEnds: Codec<Map<string, LastEnd>, CoreContext> = converted(
  list(lastEnd),
  (ends) => [...ends.values()],
  (ends) => new Map(ends.map((end) => [end.instance, end])),
);

const classEntry = recordOf<ClassEntry, CoreContext>({
  name: string,
  disk: transient('the job files are read again', () => undefined),
  active: jobClass,
  startOn: transient('what it holds is among the latches', () => undefined),
  jobs: transient('each job names its class', () => new Map()),
  runs: transient('counted since this program began', noRuns),
  lastEnd: nullable(lastEnd),
  copyEnds: field(copyEnds, { whenAbsent: () => new Map() }),
  scale: field(nullable(scale), { whenAbsent: () => undefined }),
});

const savedLatches = recordOf<SavedLatches, CoreContext>({
  class: string,
  expression: expectedEvents,
  leaves: latches,
});

const plainTimer = recordOf<SavedTimer, CoreContext>({
  kind: literal(...TIMER_KINDS),
  at: field(due, { name: 'in' }),
});

/**
 * These wait for a sign of main: while foster did not run, nobody saw any. A daemon that has become ready meanwhile, or has
 * given its sign of life to nobody, is not killed for that.
 */
const WAITS_FOR_SIGN: ReadonlySet<TimerKind> = new Set(['start', 'watchdog']);

const savedTimer: Codec<SavedTimer, CoreContext> = {
  write: (timer, context) => plainTimer.write(timer, context),
  read: (json, context) => {
    const { kind, at } = plainTimer.read(json, context);
    return { kind, at: WAITS_FOR_SIGN.has(kind) ? at + context.elapsed : at };
  },
};

const savedJob = recordOf<SavedJob, CoreContext>({
  job: inlined(job),
  scale: optional(scale),
  timers: list(savedTimer),
});

const [manyEvents, manyLatches, manyJobs] = [list(event), list(savedLatches), list(savedJob)];

/** Jobs and latches name events by their numbers. */
function among(events: readonly EmittedEvent[], context: CoreContext): CoreContext {
  return { ...context, events: new Map(events.map((one) => [one.id, one])) };
}

const unclear = list(
  recordOf<UnclearJob>({ job: jobRef, pids: list(pid), resumeWith: nullable(environment) }),
);

export const coreSnapshot = recordOf<CoreSnapshot, CoreContext>({
  version: literal(SAVED_VERSION),
  nextEvent: field(count, { whenAbsent: () => 1 }),
  events: checked(
    manyEvents,
    'each event once',
    (events) => new Set(events.map(({ id }) => id)).size === events.length,
  ),
  order: field(list(string), { whenAbsent: () => [] }),
  classes: field(list(classEntry), { whenAbsent: () => [] }),
  latches: linked(
    'latches',
    (all, context) => manyLatches.write(all, context),
    (json, context, { events }) => manyLatches.read(json, among(events, context)),
  ),
  jobs: linked(
    'jobs',
    (all, context) => manyJobs.write(all, context),
    (json, context, { events }) => manyJobs.read(json, among(events, context)),
  ),
  unclear: field(unclear, { whenAbsent: () => [] }),
});
