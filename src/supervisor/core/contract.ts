/**
 * What goes into the pure core of the supervisor and what comes out of it.
 *
 * The core holds job classes, jobs, events and commands. It does no I/O and reads no clock: `step(input, now)` changes
 * its state and returns effects, which the runtime carries out and answers with further inputs. Whatever happened can
 * therefore be replayed exactly.
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

/** Upstart section 4, in order; the `-ing` states of asynchronous spawning are not needed, since a spawn answers at once. */
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

/** How far a command waits before it is answered. */
export type WaitFor =
  /** `--no-wait`: as soon as the goal is changed */
  | 'nothing'
  /** as initctl does: a service until `running`, a task until it has finished, a stop until `waiting` */
  | 'upstart'
  /** as `foster start` does (DESIGN section 4, "When is a job running?"): when more is known than that exec worked */
  | 'settled';

/** Who gives a command besides the users of the control socket. */
export const COMMAND_SOURCES = ['schedule', 'foster', 'shutdown'] as const;
/** a user id, or a part of foster: its schedules, its start (COMMAND, --rules), its shutdown */
export type CommandSource = number | (typeof COMMAND_SOURCES)[number];

export const COMMAND_VERBS = ['start', 'stop', 'restart', 'reload', 'reset-failed', 'scale'] as const;
export type CommandVerb = (typeof COMMAND_VERBS)[number];

export type CommandInput =
  | {
      readonly kind: 'command';
      readonly id: CommandId;
      /** `reset-failed`: what status remembers of a failure, the respawn counters and a back-off are forgotten */
      readonly verb: CommandVerb;
      readonly name: string;
      /** of `scale`: how many copies there are to be; without it as many as the job file says */
      readonly count?: number;
      /** `KEY=VALUE`; decides the instance, and becomes the environment of start, or of pre-stop and post-stop */
      readonly env: readonly string[];
      /** an existing instance by its name instead of by `env`: what initctl means inside a job (UPSTART_INSTANCE) */
      readonly instance?: string;
      readonly wait: WaitFor;
      /** foster's better verbs: a restart of a stopped job starts it; initctl's does not */
      readonly dialect: 'foster' | 'upstart';
      /** `restart --reload`: the new run uses the class as it is on disk now */
      readonly fresh?: boolean;
      /** `start --force`: also beside processes of which a crash has left it unclear whose they are */
      readonly force?: boolean;
      /** for the history */
      readonly by?: CommandSource;
    }
  | {
      readonly kind: 'emit';
      /** absent when nobody waits */
      readonly id?: CommandId;
      readonly event: string;
      readonly env: readonly string[];
    }
  /** the client went away: nobody is to be answered any more; nothing else changes */
  | { readonly kind: 'forget'; readonly id: CommandId };

export type CoreInput =
  | CommandInput
  /** a job file was read, changed or (undefined) removed or broken */
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
      /** for want of something that comes back by itself: memory, process ids */
      readonly transient: boolean;
    }
  /** main became another process (a hand-off); `from` has ended or has been left */
  | { readonly kind: 'main-changed'; readonly job: JobRef; readonly from: number; readonly pid: number }
  /** the launcher has exec'd another program: how long that one stays up counts from now */
  | { readonly kind: 'program-began'; readonly job: JobRef; readonly pid: number }
  /** a process of the job has stopped itself with SIGSTOP: Upstart's `expect stop`, and collectd's greeting */
  | { readonly kind: 'process-stopped'; readonly job: JobRef; readonly process: ProcessName }
  /** a hook ended, or main ended and nothing took over */
  | {
      readonly kind: 'process-ended';
      readonly job: JobRef;
      readonly process: ProcessName;
      readonly status: EndStatus;
      /** of main: nothing else of the job lives, so there are no members to end */
      readonly wasLast?: boolean;
    }
  /** after a crash: these processes may be the job's, and nothing proves it; none: they have ended */
  | { readonly kind: 'unclear'; readonly job: JobRef; readonly pids: readonly number[] }
  /** an explicit notice of readiness came (`ready notify`, `fd`, `port`, `path`, `log`) */
  | { readonly kind: 'ready'; readonly job: JobRef }
  /** EXTEND_TIMEOUT_USEC of sd_notify(3): what the job is doing takes `by` longer from now, at least */
  | { readonly kind: 'extend-timeout'; readonly job: JobRef; readonly by: Milliseconds }
  /** WATCHDOG of sd_notify(3): main gives a sign of life, or says itself that something is wrong */
  | { readonly kind: 'watchdog'; readonly job: JobRef; readonly sign: 'alive' | 'trouble' }
  /** its checks (`health`) have failed so often that it is to be ended */
  | { readonly kind: 'unhealthy'; readonly job: JobRef; readonly reason: string }
  /** WATCHDOG_USEC of sd_notify(3): from now on a sign of life is due this often */
  | { readonly kind: 'watchdog-interval'; readonly job: JobRef; readonly interval: Milliseconds }
  /** answer to `end-members`: nothing that was to be ended is left */
  | { readonly kind: 'members-ended'; readonly job: JobRef }
  | { readonly kind: 'timer'; readonly timer: TimerId };

/** One timer of one job (or, without one, of the core). Setting a timer that is set replaces it. */
export type TimerId = string;

/** What a command is answered with. Texts are Upstart's (section 6). */
export type CommandOutcome =
  | {
      readonly ok: true;
      readonly job: JobRef | undefined;
      /** what foster adds, where there is something to say: `main process (812) exited normally` */
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
  /** processes of which a crash has left it unclear whose they are may be this job's */
  | 'unclear'
  | 'job-failed'
  | 'event-failed'
  /** a name that is empty, an environment that is not `KEY=VALUE`, an instance name that cannot be expanded */
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
  /** The supervisor asked for main's end: from now on no end of main is a hand-off. */
  | { readonly kind: 'expect-end'; readonly job: JobRef }
  /** Let a process that stopped itself go on (SIGCONT). */
  | { readonly kind: 'continue'; readonly job: JobRef; readonly process: ProcessName }
  /**
   * End what is left besides main (DESIGN section 4, "Members and detached processes"); answered by `members-ended`, at
   * once where nothing is left. `failed-start` ends everything of the lineage.
   */
  | {
      readonly kind: 'end-members';
      readonly job: JobRef;
      readonly mode: KillMode;
      readonly reason: 'stop' | 'death' | 'failed-start';
      /** what the members may take, at most, before KILL */
      readonly timeout: Milliseconds;
    }
  | { readonly kind: 'set-timer'; readonly timer: TimerId; readonly at: Milliseconds }
  | { readonly kind: 'clear-timer'; readonly timer: TimerId }
  | { readonly kind: 'reply'; readonly id: CommandId; readonly outcome: CommandOutcome }
  /** The command means several copies of a job: a reply follows for each of these. */
  | { readonly kind: 'reply-in-parts'; readonly id: CommandId; readonly jobs: readonly JobRef[] }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }
  /** the feed: an event was emitted */
  | { readonly kind: 'event'; readonly name: string; readonly env: readonly string[] }
  /**
   * The feed, and the saved state: this job is not as it was. Where `from` and `to` are equal, something else of it
   * changed (its goal, or which process is main).
   */
  | {
      readonly kind: 'job-changed';
      readonly job: JobRef;
      readonly from: State;
      readonly to: State;
      readonly goal: Goal;
    }
  /** the saved state: what a `start on` or `stop on` holds is not what it was */
  | { readonly kind: 'latches-changed' }
  /** the job reached `waiting` and is no more: release what belongs to it */
  | { readonly kind: 'job-gone'; readonly job: JobRef }
  /** an `essential` job has ended for good: the supervisor ends with this status */
  | { readonly kind: 'essential-ended'; readonly job: JobRef; readonly status: EndStatus };
