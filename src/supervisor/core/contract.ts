/**
 * The inputs and outputs of the supervisor's pure core.
 *
 * The core holds job classes, jobs, events and commands. It does no I/O and reads no clock. `step(input,
 * now)` changes its state and returns effects, which the runtime carries out and answers with further inputs.
 * So everything that happened can be replayed exactly.
 *
 *      runtime ── input ──▶ core ── effects ──▶ runtime (spawn, signal, timers, replies, log)
 */
import type { JobClass, KillMode, ProcessName } from '../../jobfile/job-class/job-class.js';
import type { JobRef } from './model/names.js';
import type { EndStatus } from './wait-status.js';

export type { JobRef } from './model/names.js';

/** milliseconds of a monotonic clock */
export type Milliseconds = number;

/** Upstart section 4. `respawn`: main died while post-start or pre-stop still runs. */
export type Goal = 'stop' | 'start' | 'respawn';

/**
 * Upstart section 4, in order. Upstart's `-ing` states for asynchronous spawning are not needed, because a
 * spawn is answered at once.
 */
export const STATES = [
  'waiting',
  'starting',
  'security',
  'pre-start',
  'spawned',
  'post-start',
  'running',
  'pre-stop',
  'stopping',
  'killed',
  'post-stop',
] as const;
export type State = (typeof STATES)[number];

export type CommandId = number;
export type EventId = number;

/** An event that was emitted and is not offered to the jobs yet. */
export interface PendingEvent {
  readonly id: EventId;
  readonly name: string;
  /** `KEY=VALUE` in the given order */
  readonly env: readonly string[];
}

/** When a command is answered. */
export type WaitFor =
  /** `--no-wait`: as soon as the goal is changed */
  | 'nothing'
  /** like initctl: a service at `running`, a task when it has finished, a stop at `waiting` */
  | 'upstart'
  /**
   * like `foster start` (DESIGN section 4, "When is a job running?"): when more is known than that exec
   * worked
   */
  | 'settled';

/** The sources of commands other than users of the control socket. */
export const COMMAND_SOURCES = ['schedule', 'foster', 'shutdown'] as const;
/** a user id, or a part of foster: its schedules, its startup (COMMAND, --rules), its shutdown */
export type CommandSource = number | (typeof COMMAND_SOURCES)[number];

export const COMMAND_VERBS = ['start', 'stop', 'restart', 'reload', 'reset-failed', 'scale'] as const;
export type CommandVerb = (typeof COMMAND_VERBS)[number];

export type CommandInput =
  | {
      readonly kind: 'command';
      readonly id: CommandId;
      /** `reset-failed`: forgets the failure shown by status, the respawn counters and the backoff */
      readonly verb: CommandVerb;
      readonly name: string;
      /** of `scale`: the wanted number of copies; undefined: the number in the job file */
      readonly count?: number;
      /**
       * `KEY=VALUE`; determines the instance, and becomes the environment of start, or of pre-stop and
       * post-stop
       */
      readonly env: readonly string[];
      /**
       * names an existing instance directly instead of by `env`: initctl inside a job does this
       * (UPSTART_INSTANCE)
       */
      readonly instance?: string;
      readonly wait: WaitFor;
      /** foster's improved verbs: a restart of a stopped job starts it; initctl's does not */
      readonly dialect: 'foster' | 'upstart';
      /** `restart --reload`: the new run uses the class that is on disk now */
      readonly fresh?: boolean;
      /** `start --force`: start even if a crash has left processes that may belong to the job */
      readonly force?: boolean;
      /** for the history */
      readonly by?: CommandSource;
    }
  | {
      readonly kind: 'emit';
      /** undefined if no client waits */
      readonly id?: CommandId;
      readonly event: string;
      readonly env: readonly string[];
    }
  /** the client has disconnected: no reply is sent; nothing else changes */
  | { readonly kind: 'forget'; readonly id: CommandId };

export type CoreInput =
  | CommandInput
  /** a job file was read or changed, or (undefined) removed or broken */
  | { readonly kind: 'class'; readonly name: string; readonly class: JobClass | undefined }
  | {
      readonly kind: 'spawned';
      readonly job: JobRef;
      readonly process: ProcessName;
      readonly pid: number;
      /** a former supervisor started it, and the process has taken over from its launcher since */
      readonly handedOff?: boolean;
    }
  | {
      readonly kind: 'spawn-failed';
      readonly job: JobRef;
      readonly process: ProcessName;
      /** in Upstart's words: `unable to execute: No such file or directory` */
      readonly reason: string;
      /** what foster adds: `/no/such/program does not exist` */
      readonly hint?: string;
      /** for lack of something temporary: memory, process ids */
      readonly transient: boolean;
    }
  /** main became another process (a hand-off); `from` has ended or has been replaced */
  | { readonly kind: 'main-changed'; readonly job: JobRef; readonly from: number; readonly pid: number }
  /** the launcher has exec'd another program: the time that it must stay up starts now */
  | { readonly kind: 'program-began'; readonly job: JobRef; readonly pid: number }
  /**
   * a process of the job has stopped itself with SIGSTOP: Upstart's `expect stop`, and collectd on seeing
   * UPSTART_JOB
   */
  | { readonly kind: 'process-stopped'; readonly job: JobRef; readonly process: ProcessName }
  /** a hook ended, or main ended and nothing took over */
  | {
      readonly kind: 'process-ended';
      readonly job: JobRef;
      readonly process: ProcessName;
      readonly status: EndStatus;
      /** of main: no other process of the job is alive, so there are no members to end */
      readonly wasLast?: boolean;
    }
  /** after a crash: these processes may belong to the job, without proof; empty: they have ended */
  | { readonly kind: 'unclear'; readonly job: JobRef; readonly pids: readonly number[] }
  /** a readiness notice has arrived (`ready notify`, `fd`, `port`, `path`, `log`) */
  | { readonly kind: 'ready'; readonly job: JobRef }
  /** EXTEND_TIMEOUT_USEC of sd_notify(3): the present operation may take at least `by` longer, from now */
  | { readonly kind: 'extend-timeout'; readonly job: JobRef; readonly by: Milliseconds }
  /** WATCHDOG of sd_notify(3): main is alive, or reports itself that something is wrong */
  | { readonly kind: 'watchdog'; readonly job: JobRef; readonly sign: 'alive' | 'trouble' }
  /** its health checks (`health`) have failed too often, so foster must end it */
  | { readonly kind: 'unhealthy'; readonly job: JobRef; readonly reason: string }
  /** WATCHDOG_USEC of sd_notify(3): from now on main must send a keep-alive this often */
  | { readonly kind: 'watchdog-interval'; readonly job: JobRef; readonly interval: Milliseconds }
  /** answer to `end-members`: all members that had to end have ended */
  | { readonly kind: 'members-ended'; readonly job: JobRef }
  | { readonly kind: 'timer'; readonly timer: TimerId };

/** Identifies one timer of one job (or of the core). Setting a timer again replaces it. */
export type TimerId = string;

/** The reply to a command. Texts are Upstart's (section 6). */
export type CommandOutcome =
  | {
      readonly ok: true;
      readonly job: JobRef | undefined;
      /** what foster adds, if anything: `main process (812) exited normally` */
      readonly detail?: string;
    }
  | {
      readonly ok: false;
      readonly error: CommandError;
      /** Upstart's sentence, without program name: `Job is already running: foo` */
      readonly message: string;
      readonly job?: JobRef;
      /** what foster adds: which process failed, and how: `main process (812) terminated with status 1` */
      readonly detail?: string;
    };
export type CommandError =
  | 'unknown-job'
  | 'unknown-instance'
  | 'unknown-parameter'
  | 'already-running'
  | 'already-stopped'
  | 'not-running'
  /** processes left by a crash may belong to this job */
  | 'unclear'
  | 'job-failed'
  | 'event-failed'
  /** an empty name, an environment that is not `KEY=VALUE`, an instance name that cannot be expanded */
  | 'invalid-argument'
  /** the job file has no `instances` (`foster scale`) */
  | 'not-scalable'
  /** the job file cannot be read, or is gone (`foster restart`) */
  | 'broken-file'
  | 'timed-out';

export type CoreEffect =
  /** Start a process of the job; answered by `spawned` or `spawn-failed`. `env` is complete. */
  | {
      readonly kind: 'spawn';
      readonly job: JobRef;
      readonly class: JobClass;
      readonly process: ProcessName;
      readonly env: readonly string[];
    }
  /** Signal the process group of one of the job's processes, or (`reload`) that process only. */
  | {
      readonly kind: 'signal';
      readonly job: JobRef;
      readonly process: ProcessName;
      readonly pid: number;
      readonly signal: string;
      readonly whole: 'group' | 'process';
    }
  /** foster asked main to end: from now on no exit of main is a hand-off. */
  | { readonly kind: 'expect-end'; readonly job: JobRef }
  /** Continue a process that stopped itself (SIGCONT). */
  | { readonly kind: 'continue'; readonly job: JobRef; readonly process: ProcessName }
  /**
   * End the processes of the job other than main (DESIGN section 4, "Members and detached processes").
   * Answered by `members-ended`, at once if there are none. `failed-start` ends the whole lineage.
   */
  | {
      readonly kind: 'end-members';
      readonly job: JobRef;
      readonly mode: KillMode;
      readonly reason: 'stop' | 'death' | 'failed-start';
      /** maximum time for the members before KILL */
      readonly timeout: Milliseconds;
    }
  | { readonly kind: 'set-timer'; readonly timer: TimerId; readonly at: Milliseconds }
  | { readonly kind: 'clear-timer'; readonly timer: TimerId }
  | { readonly kind: 'reply'; readonly id: CommandId; readonly outcome: CommandOutcome }
  /** The command concerns several copies of a job: one reply follows for each of these. */
  | { readonly kind: 'reply-in-parts'; readonly id: CommandId; readonly jobs: readonly JobRef[] }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }
  /** the feed: an event was emitted */
  | { readonly kind: 'event'; readonly name: string; readonly env: readonly string[] }
  /**
   * For the feed and the saved state: this job has changed. If `from` equals `to`, something other than its
   * state changed (its goal, or its main).
   */
  | {
      readonly kind: 'job-changed';
      readonly job: JobRef;
      readonly from: State;
      readonly to: State;
      readonly goal: Goal;
    }
  /** the saved state: what a `start on` or `stop on` holds, or which events are pending, is not what it was */
  | { readonly kind: 'latches-changed' }
  /** the job reached `waiting` and no longer exists: release its resources */
  | { readonly kind: 'job-gone'; readonly job: JobRef }
  /** an `essential` job has ended for good: foster exits with this status */
  | { readonly kind: 'essential-ended'; readonly job: JobRef; readonly status: EndStatus };
