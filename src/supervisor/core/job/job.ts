/** The data of a job (instance). What happens to it is in the files beside this one. */
import type { JobClass, ProcessName } from '../../../jobfile/job-class.js';
import type { ClassEntry } from '../classes.js';
import type { CommandId, CoreEffect, Goal, JobRef, Milliseconds, State } from '../contract.js';
import type { Environment } from '../environment.js';
import type { EmittedEvent } from '../events/event.js';
import { createOperator, type Operator } from '../events/operator.js';
import type { EndStatus } from '../wait-status.js';
import { jobKey, jobLabel } from '../../job-key.js';
import { NO_RESPAWNS, type RespawnRecord } from './respawn.js';

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
  /** main was sent ABRT, since it had given no sign of life */
  watchdogMissed?: boolean;
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
  cycle: boolean;
  /** the next run uses the class as it is on disk */
  fresh: boolean;

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
  blocker: EmittedEvent | undefined;
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
}

export function newRun(): Run {
  return {
    launcher: undefined,
    programSince: undefined,
    ready: false,
    settled: false,
    handedOff: false,
    continued: false,
  };
}

/** A job that has not begun. */
export function createJob(entry: ClassEntry, jobClass: JobClass, ref: JobRef, now: Milliseconds): Job {
  return {
    ref,
    key: jobKey(ref),
    label: jobLabel(ref),
    entry,
    class: jobClass,
    stopOn: jobClass.stopOn === undefined ? undefined : createOperator(jobClass.stopOn),
    goal: 'stop',
    goalSince: now,
    state: 'waiting',
    since: now,
    cycle: false,
    fresh: false,
    env: new Map(),
    startEnv: undefined,
    stopEnv: [],
    processes: new Map(),
    spawning: undefined,
    hookEnding: 'no',
    blocker: undefined,
    waiters: [],
    run: newRun(),
    killing: undefined,
    failure: undefined,
    lastExit: undefined,
    respawns: NO_RESPAWNS,
    respawnAt: undefined,
    shortages: 0,
  };
}

/** Whether a hook of the job runs, or is about to. */
export function runningHook(job: Job): ProcessName | undefined {
  if (job.spawning !== undefined && job.spawning !== 'main') return job.spawning;
  for (const process of job.processes.keys()) if (process !== 'main') return process;
  return undefined;
}

/** Nothing runs in post-stop but its hook: without one, the job waits until it may be respawned. */
export function waitsOutBackOff(job: Job): boolean {
  return job.state === 'post-stop' && runningHook(job) === undefined;
}
