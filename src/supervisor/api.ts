/**
 * What the supervisor offers to the control socket. `control/` turns HTTP requests into these calls and their results
 * into JSON; it adds nothing but authorisation. All shapes here are what `--json` prints (docs/status.schema.json).
 */
import type { Disposable } from '../kernel/kernel.js';
import type { NamespaceKind } from '../kernel/proc/namespace.js';
import type { ProcessEvent } from '../tracker/events.js';
import type { NamespaceMethod } from '../tracker/namespaces/method.js';
import type { SelfTest, SourceName } from '../tracker/sources/source.js';
import type { TrackingCounts } from '../tracker/live/reader.js';
import type { GroupStatus } from './cgroup/job-groups.js';
import type { CommandOutcome, CommandSource, Goal, JobRef, State, WaitFor } from './core/contract.js';
import type { Cause, Sequel } from './core/job-history.js';
import type { UnknownStatus } from './core/wait-status.js';
import type { Runlevels } from './bridges/runlevel.js';
import type { AutomaticStart } from './config/automatic-start.js';
import type { ClassReport, JobFile, Reading } from './config/job-files.js';
import type { HealthState } from './health/judge.js';
import type { Measures } from './measures.js';
import type { RunRequest } from './run-jobs/job-text.js';
import type { SignalAnswer, SignalRequest } from './signal-request.js';
import type { LogPriority } from './init-options.js';

/** ISO 8601 with milliseconds, UTC */
export type Timestamp = string;

export type ExitReport =
  | { readonly status: number; readonly at: Timestamp }
  | { readonly signal: string; readonly at: Timestamp }
  /** nobody knows its status, for this reason; `at` is when foster learned of the end */
  | { readonly unknown: UnknownStatus; readonly at: Timestamp };

export interface HealthReport {
  readonly state: HealthState;
  /** checks in a row that have failed */
  readonly failures: number;
  /** what the last check found, and when */
  readonly last?: { readonly ok: boolean; readonly text: string; readonly at: Timestamp };
}

/** A process of a job that a debugger or strace looks at. */
export interface TracedProcess {
  readonly pid: number;
  readonly tracer: number;
  /** the tracer's name, as in /proc/PID/comm; null when it has just gone */
  readonly tracerName: string | null;
}

export interface JobStatus {
  readonly name: string;
  readonly instance: string;
  readonly goal: Goal;
  readonly state: State;
  /** when the present state began */
  readonly since: Timestamp;
  /** the launcher while launching; null when there is none */
  readonly main: number | null;
  readonly launcher: number | null;
  /** living processes of the job besides main that a stop ends */
  readonly members: readonly number[];
  /** living processes that detached themselves and outlive a stop */
  readonly detached: readonly number[];
  /** living processes of the job, by their role, in Upstart's order of display (main first) */
  readonly processes: readonly { readonly process: string; readonly pid: number }[];
  readonly tracker: SourceName;
  readonly respawns: number;
  /** how the last main ended */
  readonly exit: ExitReport | null;
  /** what the job waits for, in words, for instance `pre-start process (812) to end, at most 60 s` */
  readonly waitingFor?: string;
  /** main has ended too often: the job is backing off, and started next at this time */
  readonly respawnAt?: Timestamp;
  /** why the last run failed: `main process (812) terminated with status 1` */
  readonly failure?: string;
  /** processes that may be the job's, which a crash of foster has left unclear: the job is not started beside them */
  readonly unclear?: readonly number[];
  /** the follower's tie: main is a guess among these */
  readonly ambiguous?: readonly number[];
  /** main is of no lineage that foster started: the job's PID file names it */
  readonly attached?: 'pid file';
  /** what its checks (`health`) have found */
  readonly health?: HealthReport;
  /** what the job says of itself (STATUS of sd_notify(3)) */
  readonly statusText?: string;
  /** what it says that it is about (RELOADING, STOPPING) */
  readonly doing?: 'reloading' | 'stopping';
  /** its control groups and what it uses, where it has a `cgroup` stanza */
  readonly cgroup?: GroupStatus;
  /** living processes that somebody traces: they may be stopped, and are slow */
  readonly traced?: readonly TracedProcess[];
  /** the latest process that was ended by a signal that dumps core, whether or not its limits let it write one */
  readonly coreDump?: { readonly pid: number; readonly at: Timestamp };
  /** processes that belong to foster itself and to no job (none today; the field is there for supervisors that need helpers) */
  readonly helpers?: readonly number[];
  readonly description?: string;
  /** when its `schedule` starts it next */
  readonly nextStart?: Timestamp;
  /** neither an event nor a time starts it: `manual`, or `foster disable` */
  readonly manual?: true;
  /** what defines it; absent for what no file defines (COMMAND) */
  readonly file?: JobFile;
  /** when main was started, or took over */
  readonly mainSince?: Timestamp;
  /** what has started and stopped it, and how its last mains ended; absent where there is nothing to tell */
  readonly history?: HistoryReport;
}

/** See core/job-history.ts. */
export interface HistoryReport {
  readonly started?: DecisionReport;
  readonly stopped?: DecisionReport;
  /** the oldest first */
  readonly mains: readonly PastMainReport[];
}

export type DecisionReport = { readonly at: Timestamp } & Cause;

export type PastMainReport = ExitReport & {
  readonly pid: number;
  readonly since: Timestamp;
  readonly sequel: Sequel;
};

/** A process of a job with its children, for `foster tree`. */
export interface ProcessNode {
  readonly pid: number;
  readonly command: string;
  readonly role: 'main' | 'launcher' | 'member' | 'detached' | 'intermediate' | 'hook';
  readonly session: number;
  /** inode numbers, where they were asked for and may be read */
  readonly namespaces?: NamespaceNumbers;
  readonly children: readonly ProcessNode[];
}

export type NamespaceNumbers = Readonly<Partial<Record<NamespaceKind, number>>>;

/** The processes of one job, for `foster tree`. */
export interface JobTree {
  readonly status: JobStatus;
  readonly roots: readonly ProcessNode[];
  /** where namespaces were asked for: how changes of them are learned of, what that misses, and foster's own */
  readonly namespaces?: NamespaceMethod & { readonly own: NamespaceNumbers };
}

export interface CommandRequest {
  readonly verb: 'start' | 'stop' | 'restart' | 'reload' | 'reset-failed';
  readonly name: string;
  readonly env: readonly string[];
  /** an existing instance by its name instead of by KEY=VALUEs: what initctl means inside a job (UPSTART_INSTANCE) */
  readonly instance?: string;
  readonly wait: WaitFor;
  readonly dialect: 'foster' | 'upstart';
  readonly fresh?: boolean;
  readonly force?: boolean;
  /** milliseconds for which main is watched after a success: that it ends within these is a failure */
  readonly watch?: number;
  /** milliseconds; the answer is then `timed-out`, and what was begun goes on */
  readonly timeout?: number;
  /** for the history */
  readonly by?: CommandSource;
}

/** The outcome, with what a person wants to see beside it. */
export interface CommandAnswer {
  readonly outcome: CommandOutcome;
  readonly status: JobStatus | null;
  /** last lines that the job wrote, where it failed */
  readonly output: readonly string[];
}

/** One line of `foster events --json`. */
export type FeedEntry = {
  readonly at: Timestamp;
  readonly job?: string;
  readonly instance?: string;
} & (
  | { readonly type: 'event'; readonly name: string; readonly env: readonly string[] }
  | { readonly type: 'state'; readonly from: State; readonly to: State; readonly goal: Goal }
  | {
      readonly type: 'verdict';
      readonly verdict: string;
      readonly pid: number;
      /** `hand-off`: who is main now */
      readonly to?: number;
      readonly reason: string;
    }
  | { readonly type: 'process'; readonly event: ProcessEvent }
  | { readonly type: 'log'; readonly level: string; readonly text: string }
  /** the reader was too slow: so many entries were left out here */
  | { readonly type: 'missed'; readonly count: number }
  /** asked for what was before: it is known from here on; `forgotten` entries before that are not kept any more */
  | { readonly type: 'history'; readonly from: Timestamp; readonly forgotten: number }
);

export interface FeedFilter {
  /** a glob */
  readonly job?: string;
  /** of entries, of process events, or of verdicts */
  readonly types?: readonly string[];
  /** begin with what has been kept since this time, milliseconds since 1970 */
  readonly since?: number;
  /** process events of the whole machine instead of those of jobs; only where the tracker is the connector */
  readonly machine?: boolean;
}

export interface SupervisorReport {
  readonly version: string;
  readonly pid: number;
  readonly since: Timestamp;
  readonly tracker: SourceName;
  /** events taken in, overflows and resynchronisations since the start */
  readonly counts: TrackingCounts;
  readonly sources: readonly { readonly name: SourceName; readonly test: SelfTest }[];
  readonly confdirs: readonly string[];
  readonly logdir: string;
  /** directory of the times of log lines */
  readonly logIndex: string;
  readonly rundir: string;
}

/** A change of the environment that jobs get (initctl set-env, unset-env, reset-env; Upstart section 6). */
export type EnvironmentChange =
  | {
      readonly kind: 'set';
      readonly variable: string;
      /** `set-env --retain`: not if it is there */ readonly retain?: boolean;
    }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'reset' };

/** One line of `foster top --json`. */
export interface JobUsage {
  readonly name: string;
  readonly instance: string;
  /** a cgroup counts processes that have ended, too, and the page cache; a sum counts what lives now, shared pages twice */
  readonly source: 'cgroup' | 'processes';
  /** microseconds of processor time so far */
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
  /** bytes; null for none */
  readonly memoryLimit: number | null;
  /** processes and threads */
  readonly tasks: number;
  /** bytes; only a cgroup knows */
  readonly ioRead: number | null;
  readonly ioWritten: number | null;
  readonly frozen: boolean;
}

/** Freezing and thawing jobs, and what they use (cgroup/group-commands.ts). */
export interface GroupApi {
  freeze(frozen: boolean, name: string, env: readonly string[], instance?: string): CommandAnswer;
  /** @param patterns globs; without any, of all jobs */
  usage(patterns?: readonly string[]): Promise<readonly JobUsage[]>;
}

export interface SupervisorApi {
  /** freezing and thawing jobs, and what they use */
  readonly groupCommands: GroupApi;
  report(): SupervisorReport;
  /** counted since this program began */
  measures(): Measures;
  /** `abandoned` fires when nobody waits for the answer any more; what was begun goes on. */
  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer>;
  /** Ends when the event has finished, as `initctl emit` does; at once with `wait` false. */
  emit(
    event: string,
    env: readonly string[],
    wait: boolean,
    abandoned?: AbortSignal,
  ): Promise<CommandOutcome>;
  /** All jobs and all classes without one (state `waiting`), by name; patterns are globs. */
  jobs(patterns?: readonly string[]): readonly JobStatus[];
  /** The job that NAME and KEY=VALUEs mean, as `initctl status` looks it up. */
  /** Makes a job of a command, and starts it. */
  run(request: RunRequest, abandoned?: AbortSignal): Promise<CommandAnswer>;
  /** Sends a signal to main. */
  signal(request: SignalRequest): SignalAnswer | Extract<CommandOutcome, { ok: false }>;
  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome;
  /** @param namespaces read in which namespaces the processes are, too */
  tree(name: string, namespaces: boolean): readonly JobTree[];
  /**
   * Paths of the log files of a job, oldest rotation first.
   * @param stream `stderr`: of its standard error, where that is kept apart; none otherwise
   */
  logFiles(name: string, instance?: string, stream?: 'stdout' | 'stderr'): readonly string[];
  classes(): readonly ClassReport[];
  /**
   * Whether the job starts by itself, now and after every restart.
   * @throws AutomaticStartError
   */
  enable(name: string, enabled: boolean): AutomaticStart;
  /** The last two values of the event `runlevel`; N where there was none. */
  runlevel(): Runlevels;
  /**
   * Emits the event `runlevel`, with the present one as PREVLEVEL, and answers what is so then. On a machine, 0 and 6 end it
   * when all that the event caused is done.
   * @param variables further ones of the event
   */
  changeRunlevel(level: string, variables?: readonly string[]): Runlevels;
  /** Jobs that are none because their files are broken. */
  brokenJobs(patterns?: readonly string[]): readonly JobStatus[];
  /** Reads all configuration directories again. @returns what has been read */
  reload(): Reading;
  /** Resolves when job files that were written before the call have been read. */
  filesAreRead(): Promise<void>;
  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable;
  /** what events and commands wait for, in words */
  pending(): readonly { readonly what: string; readonly waitsFor: readonly string[] }[];
  shutdown(): void;
  /** Replaces the supervisor's program by itself, jobs and all (Upstart: telinit u). */
  reexec(): void;
  /** Opens log files anew and writes what could not be written before (initctl notify-disk-writeable). */
  reopenLogs(): void;
  logPriority(): LogPriority;
  setLogPriority(priority: LogPriority): void;
  /** `KEY=VALUE`s that every job gets, or, with `job`, those of that job; undefined when there is no such job */
  environment(job?: JobRef): readonly string[] | undefined;
  /** False where it is not permitted: PID 1's own table is read-only, as in Upstart. */
  changeEnvironment(change: EnvironmentChange, job?: JobRef): boolean;
}
