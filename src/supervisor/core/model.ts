/**
 * The records that the core is made of: events and who holds them, jobs, their classes. What happens to them is in the
 * files beside this one, each of which may know the model, and none of which the model knows.
 */
import type { ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass, ProcessName, Instances } from '../../jobfile/job-class/job-class.js';
import type { CommandId, CoreEffect, EventId, Goal, JobRef, Milliseconds, State } from './contract.js';
import type { Environment, ReadonlyEnvironment } from './environment.js';
import type { RunCounts } from './counts.js';
import type { JobHistory } from './job-history.js';
import type { RespawnRecord } from './job/respawn.js';
import type { EndStatus } from './wait-status.js';

export interface EmittedEvent {
  readonly id: EventId;
  readonly name: string;
  /** `KEY=VALUE` in the order given: positional operands count them */
  readonly env: readonly string[];
  progress: 'pending' | 'handling' | 'finished';
  /** something that it started or stopped has failed */
  failed: boolean;
  /** how many operators and jobs hold it */
  holders: number;
  /** the job whose `starting` or `stopping` this is, and which stays there until it is finished */
  blockedJob: Job | undefined;
  /** the `emit` that waits for it */
  command: CommandId | undefined;
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

export interface JobProcess {
  readonly pid: number;
  /** when it was started, or took over */
  readonly since: Milliseconds;
}

/** Who is to hear of it when the job is where it was to go. */
export type Waiter =
  | { readonly kind: 'event'; readonly event: EmittedEvent }
  | {
      readonly kind: 'command';
      readonly id: CommandId;
      readonly verb: 'start' | 'stop' | 'restart';
      readonly wait: 'upstart' | 'settled';
    };

/** Why the present run has failed; the first reason counts. */
export interface Failure {
  /** `respawn`: the respawn limit; `requires`: a job that this one requires */
  readonly process: ProcessName | 'respawn' | 'requires';
  /** absent where no process has ended: it could not be started, or took too long */
  readonly status: EndStatus | undefined;
  /** `main process (812) terminated with status 1` */
  readonly text: string;
}

/** One run: from `starting` to `post-stop`. */
export interface Run {
  /** the process that was spawned for main, and when */
  launcher: JobProcess | undefined;
  /** when the launcher last exec'd another program */
  programSince: Milliseconds | undefined;
  /** it is what `expect` or `ready` ask for: spawned has been left */
  ready: boolean;
  /** main is known for good: nothing has changed for long enough, or it has said so itself */
  settled: boolean;
  /** main has become another process since the launcher was started */
  handedOff: boolean;
  /** a main that stopped itself was continued */
  continued: boolean;
  /** nothing of it lives any more: there is nobody to end */
  isEmpty?: boolean;
  /** how often a sign of life of main is due, where main itself has changed that */
  watchdogInterval?: Milliseconds;
  /** main runs, does not do its work, and was sent a signal for that: `has given no sign of life for 3 s` */
  hung?: string;
}

/** Why the members of a job are ended: what `end-members` says. */
export type EndReason = Extract<CoreEffect, { kind: 'end-members' }>['reason'];

/** How far the job has got in `killed`. */
export interface Killing {
  readonly since: Milliseconds;
  readonly reason: EndReason;
  /** KILL was sent: `kill timeout` is over */
  forced: boolean;
  members: 'not-asked' | 'asked' | 'ended';
}

export interface Job {
  readonly ref: JobRef;
  /** unique among all jobs */
  readonly key: string;
  /** as Upstart names it in its log: `foo`, or `foo (instance)` */
  readonly label: string;
  readonly entry: ClassEntry;
  /** what this job runs as; the file may say something else by now */
  class: JobClass;
  stopOn: Operator | undefined;

  goal: Goal;
  goalSince: Milliseconds;
  state: State;
  since: Milliseconds;
  /** the present run has to end, though the goal is start: a restart, or an early death with respawn */
  restartPending: boolean;
  /** the next run uses the class as it is on disk */
  reloadOnRestart: boolean;

  env: Environment;
  /** replaces `env` at the next `starting` */
  startEnv: Environment | undefined;
  /** for pre-stop and post-stop */
  stopEnv: readonly string[];

  readonly processes: Map<ProcessName, JobProcess>;
  /** a spawn that has not been answered yet */
  spawning: ProcessName | undefined;
  /** what the supervisor has done to end the hook that took too long */
  hookEnding: 'no' | 'signalled' | 'forced';
  /** the job's own `starting` or `stopping`, while it waits for it */
  blockingEvent: EmittedEvent | undefined;
  waiters: Waiter[];

  run: Run;
  killing: Killing | undefined;
  failure: Failure | undefined;
  /** how the last main ended */
  lastExit: { readonly status: EndStatus; readonly pid: number; readonly at: Milliseconds } | undefined;
  respawns: RespawnRecord;
  /** not to be started again before */
  respawnAt: Milliseconds | undefined;
  /** attempts in a row at a start that failed for want of something that comes back by itself */
  shortages: number;
  /** for people alone */
  history: JobHistory;
}

/** The `start on` of a class with what it holds (events/start-condition.ts). */
export interface StartMatches {
  readonly expression: ExpectedEvents;
  readonly matches: readonly Operator[];
  offer(event: EmittedEvent): readonly Operator[];
  restore(held: readonly (EmittedEvent | undefined)[]): void;
  latched(): readonly EmittedEvent[];
  reset(): readonly EmittedEvent[];
}

/** How a job ended, for status once it is gone. */
export interface LastEnd {
  readonly instance: string;
  readonly at: Milliseconds;
  readonly failure: Failure | undefined;
  readonly exit: Job['lastExit'];
  readonly history: JobHistory;
}

/** How many copies a class has by command. */
export interface Scale {
  readonly count: number;
  /** what its file said then: whoever edits that means it, and the command is forgotten */
  readonly inFile: Instances | undefined;
}

export interface ClassEntry {
  readonly name: string;
  /** as the file says now; undefined when it was removed or is broken */
  disk: JobClass | undefined;
  /** in use: what new jobs are made of, and whose `start on` counts */
  active: JobClass;
  startOn: StartMatches | undefined;
  /** by instance */
  readonly jobs: Map<string, Job>;
  readonly runs: RunCounts;
  /** how the last job of this class ended */
  lastEnd: LastEnd | undefined;
  /** how each copy that `instances` makes ended last, by instance; of other classes nothing */
  readonly copyEnds: Map<string, LastEnd>;
  /** what `foster scale` has said last */
  scale: Scale | undefined;
}

export interface UnclearJob {
  readonly job: JobRef;
  readonly pids: readonly number[];
  /** the environment of the run that was to go on: the job starts with it once the processes have ended */
  readonly resumeWith: Environment | undefined;
}

export interface EventQueue {
  /** all that are not finished */
  readonly living: Map<EventId, EmittedEvent>;
  /** emitted, and not offered to the jobs yet */
  pending: EmittedEvent[];
  /** no longer held: to be finished */
  released: EmittedEvent[];
  nextId: EventId;
  /** how many have been handled since the runtime last came back from outside */
  handledAtOnce: number;
  /** processes that were asked for in this turn of the runtime's event loop */
  spawnedAtOnce: number;
  /** the timer is set after which handling goes on, and why */
  pausing: 'spawns' | 'endless' | undefined;
}

export interface CoreOptions {
  /** `KEY=VALUE`: what every job gets (Upstart: PATH and TERM) */
  readonly jobEnvironment: readonly string[];
  /** `KEY=VALUE`: the supervisor's own, for `env KEY` and `env inherit` */
  readonly ownEnvironment: readonly string[];
  /** how many there are, for `instances cpus` */
  readonly processors?: number;
  /** UPSTART_SESSION of the processes of a session init: where their `initctl` finds it */
  readonly session?: string;
}
