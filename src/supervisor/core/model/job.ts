/** Jobs and their classes. */
import {
  boolean,
  checked,
  converted,
  count,
  literal,
  nullable,
  pid,
  string,
  type Codec,
} from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { mismatch } from '../../../codec/decode-error.js';
import { changing, field, inlined, linked, transient, variable } from '../../../codec/field.js';
import { keyed, record, type Recorded } from '../../../codec/record.js';
import type { ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import { instances, jobClass, PROCESS_NAMES, type JobClass } from '../../../jobfile/job-class/job-class.js';
import { jobKey, jobLabel } from '../../../tracker/job-key.js';
import { STATES, type CommandId } from '../contract.js';
import { noRuns } from '../counts.js';
import { environmentOf, toAssignments, type Environment } from '../environment.js';
import { latched, leavesOf } from '../events/operator.js';
import { NO_RESPAWNS, respawnRecord } from '../job/respawn.js';
import { due, since } from './clock.js';
import { eventReference, type EmittedEvent, type Events, type Operator } from './event.js';
import { historyRecord, NO_HISTORY } from './history.js';
import { jobRef, type JobRef } from './names.js';
import { exitRecord, failureRecord, jobProcess, killingRecord, runRecord, type Run } from './run.js';

/** Events and commands that wait until the job has reached its goal. */
export type Waiter =
  | { readonly kind: 'event'; readonly event: EmittedEvent }
  | {
      readonly kind: 'command';
      readonly id: CommandId;
      readonly verb: 'start' | 'stop' | 'restart';
      readonly wait: 'upstart' | 'settled';
    };

/**
 * The context in which a job finds its class entry while it is read. `add` does not change the core's own
 * registry.
 */
export interface Classes {
  readonly classes: {
    get(name: string): ClassEntry | undefined;
    add(name: string, jobClass: JobClass): ClassEntry;
  };
}

const processName = literal(...PROCESS_NAMES);
const environment: Codec<Environment> = converted(list(string), toAssignments, environmentOf);

/** The event that each leaf of an expression holds, from left to right. */
export const latches = list(eventReference);

/** Returns the events that the leaves of an operator hold. */
export function heldBy(operator: Operator): readonly (EmittedEvent | undefined)[] {
  return leavesOf(operator).map((leaf) => leaf.event);
}

function readOperator(
  json: unknown,
  expression: ExpectedEvents | undefined,
  context: Events,
): Operator | undefined {
  const held = latches.read(json, context);
  if (expression === undefined) return undefined;
  const operator = latched(expression, held);
  const leaves = leavesOf(operator).length;
  return held.length === leaves ? operator : mismatch(`a list of ${leaves}, as stop on has events`, json);
}

/** Commands are not saved: their clients are disconnected by the time this is read. */
const waiters: Codec<Waiter[], Events> = {
  write: (all, context) =>
    latches.write(
      all.flatMap((waiter) => (waiter.kind === 'event' ? [waiter.event] : [])),
      context,
    ),
  read: (json, context) => {
    const events = latches.read(json, context).filter((event) => event !== undefined);
    for (const event of events) event.holders += 1;
    return events.map((event) => ({ kind: 'event', event }));
  },
};

interface Named {
  readonly ref: JobRef;
}

interface OfClass {
  readonly class: JobClass;
}

export const jobRecord = record({
  ref: inlined(jobRef),
  /** unique among all jobs */
  key: transient('follows from the reference', ({ ref }: Named) => jobKey(ref)),
  /** as Upstart names it in its log: `foo`, or `foo (instance)` */
  label: transient('follows from the reference', ({ ref }: Named) => jobLabel(ref)),
  /** the class of the present run; the file may have changed since */
  class: variable(jobClass),
  entry: transient(
    'the registry has it',
    ({ ref, class: own }: Named & OfClass, { classes }: Classes): ClassEntry =>
      classes.get(ref.name) ?? classes.add(ref.name, own),
  ),
  stopOn: changing(
    linked(
      'stopLatches',
      (operator: Operator | undefined, context: Events) =>
        operator === undefined ? [] : latches.write(heldBy(operator), context),
      (json, context, { class: { stopOn } }: OfClass) => readOperator(json, stopOn, context),
    ),
  ),

  /** Upstart section 4. `respawn`: main died while post-start or pre-stop still runs. */
  goal: variable(literal('stop', 'start', 'respawn'), { initial: 'stop' }),
  goalSince: variable(since, { name: 'goalAge' }),
  state: variable(
    checked(literal(...STATES), 'a state of a job that lives', (state) => state !== 'waiting'),
    { initial: 'waiting' },
  ),
  since: variable(since, { name: 'age' }),
  /** the present run has to end, though the goal is start: a restart, or an early crash with respawn */
  restartPending: variable(boolean, { name: 'cycle', initial: false }),
  /** the next run uses the class as it is on disk */
  reloadOnRestart: variable(boolean, { name: 'fresh', initial: false }),

  env: variable(environment, { initial: (): Environment => new Map() }),
  /** replaces `env` at the next `starting` */
  startEnv: variable(nullable(environment), { initial: undefined }),
  /** for pre-stop and post-stop */
  stopEnv: variable(list(string), { initial: [] }),

  processes: field(keyed('process', processName, jobProcess), { initial: () => new Map() }),
  /** a spawn without a result so far */
  spawning: variable(nullable(processName), { initial: undefined }),
  /** what foster has done to end a hook that took too long */
  hookEnding: variable(literal('no', 'signalled', 'forced'), { initial: 'no' }),
  /** the job's own `starting` or `stopping`, while the job waits for it */
  blockingEvent: variable(eventReference, { name: 'blocker', initial: undefined }),
  waiters: variable(waiters, { name: 'heldEvents', initial: () => [] }),

  run: variable(runRecord, { initial: (): Run => runRecord.create({}) }),
  killing: variable(nullable(killingRecord), { initial: undefined }),
  failure: variable(nullable(failureRecord), { initial: undefined }),
  /** how the last main ended */
  lastExit: variable(nullable(exitRecord), { initial: undefined }),
  respawns: variable(respawnRecord, { initial: NO_RESPAWNS }),
  /** the earliest time of the next respawn */
  respawnAt: variable(nullable(due), { name: 'respawnIn', initial: undefined }),
  /** consecutive attempts at a start that failed for lack of a resource */
  shortages: variable(count, { initial: 0, isNew: true }),
  /** for people alone */
  history: variable(historyRecord, { initial: NO_HISTORY, isNew: true }),
});

export interface Job extends Recorded<typeof jobRecord> {}

/** The `start on` of a class with what it holds (events/start-condition.ts). */
export interface StartMatches {
  readonly expression: ExpectedEvents;
  readonly matches: readonly Operator[];
  /** changes with what is held */
  readonly held: number;
  offer(event: EmittedEvent): readonly Operator[];
  restore(held: readonly (EmittedEvent | undefined)[]): void;
  latched(): readonly EmittedEvent[];
  reset(): readonly EmittedEvent[];
}

/** How a job ended, for status after it is gone. */
const lastEnd = record({
  instance: string,
  at: field(since, { name: 'age' }),
  failure: nullable(failureRecord),
  exit: nullable(exitRecord),
  history: field(historyRecord, { initial: NO_HISTORY, isNew: true }),
  /** how often main was respawned in that run of the job */
  respawns: field(count, { initial: 0, isNew: true }),
});
export interface LastEnd extends Recorded<typeof lastEnd> {}

/** The number of copies of a class set by `foster scale`. */
export const scaleRecord = record({
  count,
  /** the number in the file at that time: if the file changes, the command is forgotten */
  inFile: nullable(instances),
});

export const classRecord = record({
  name: string,
  /** as the file says now; undefined when it was removed or is broken */
  disk: changing(transient('the job files are read again', (): JobClass | undefined => undefined)),
  /** in use: new jobs are made of it, and its `start on` counts */
  active: variable(jobClass),
  startOn: changing(
    transient('what it holds is among the latches', (): StartMatches | undefined => undefined),
  ),
  /** by instance */
  jobs: transient('each job names its class', () => new Map<string, Job>()),
  runs: transient('counted since this program began', noRuns),
  /** how the last job of this class ended */
  lastEnd: variable(nullable(lastEnd), { initial: undefined }),
  /** how each copy that `instances` makes last ended, by instance; empty for other classes */
  copyEnds: field(
    converted(
      list(lastEnd),
      (ends: Map<string, LastEnd>) => [...ends.values()],
      (ends) => new Map(ends.map((end) => [end.instance, end])),
    ),
    { initial: () => new Map(), isNew: true },
  ),
  /** set by the last `foster scale` */
  scale: variable(nullable(scaleRecord), { initial: undefined, isNew: true }),
});

export interface ClassEntry extends Recorded<typeof classRecord> {}

export const unclearRecord = record({
  job: jobRef,
  pids: list(pid),
  /** the environment of the run to resume: the job starts with it once the processes have ended */
  resumeWith: nullable(environment),
});
export interface UnclearJob extends Recorded<typeof unclearRecord> {}

export interface CoreOptions {
  /** `KEY=VALUE`: what every job gets (Upstart: PATH and TERM) */
  readonly jobEnvironment: readonly string[];
  /** `KEY=VALUE`: the supervisor's own, for `env KEY` and `env inherit` */
  readonly ownEnvironment: readonly string[];
  /** number of processors, for `instances cpus` */
  readonly processors?: number;
  /** UPSTART_SESSION of the processes of a session init: where their `initctl` finds it */
  readonly session?: string;
}
