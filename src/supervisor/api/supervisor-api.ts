/**
 * The supervisor as the control socket sees it. `control/` turns HTTP requests into these calls, and their results
 * into JSON; it adds only authorisation. The types are what `--json` prints (docs/status.schema.json).
 */
import type { Disposable } from '../../kernel/kernel.js';
import type { SelfTest, SourceName } from '../../tracker/sources/source.js';
import type { TrackingCounts } from '../../tracker/live/reader.js';
import type { CommandOutcome, JobRef } from '../core/contract.js';
import type { Runlevels } from '../bridges/runlevel.js';
import type { AutomaticStart } from '../config/automatic-start.js';
import type { ClassReport, Reading } from '../config/job-files.js';
import type { Measures } from '../measures.js';
import type { RunRequest } from '../run-jobs/job-text.js';
import type {
  CommandRequest,
  CommandAnswer,
  SignalAnswer,
  SignalRequest,
  EnvironmentChange,
} from './requests.js';
import type { LogPriority } from '../init-options.js';
import type { JobStatus, Timestamp } from './job-status.js';
import type { JobTree } from './process-tree.js';
import type { FeedFilter, FeedEntry } from './feed.js';
import type { JobUsage } from './usage.js';

export interface SupervisorReport {
  readonly version: string;
  readonly pid: number;
  readonly since: Timestamp;
  readonly tracker: SourceName;
  /** events received, overflows and resynchronisations since the start */
  readonly counts: TrackingCounts;
  readonly sources: readonly { readonly name: SourceName; readonly test: SelfTest }[];
  readonly confdirs: readonly string[];
  readonly logdir: string;
  /** directory of the indexes of log files: when each line was written */
  readonly logIndex: string;
  readonly rundir: string;
}

/** Freezes and thaws jobs, and measures what they use (cgroup/group-commands.ts). */
export interface GroupApi {
  freeze(frozen: boolean, name: string, env: readonly string[], instance?: string): CommandAnswer;
  /** @param patterns globs; without any, all jobs */
  usage(patterns?: readonly string[]): Promise<readonly JobUsage[]>;
}

export interface SupervisorApi {
  /** freezing and thawing jobs, and what they use */
  readonly groupCommands: GroupApi;
  report(): SupervisorReport;
  /** counted since this program began */
  measures(): Measures;
  /** `abandoned` fires when the client has gone. The command itself is carried out all the same. */
  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer>;
  /** Resolves when the event has finished, as `initctl emit` does, or immediately if `wait` is false. */
  emit(
    event: string,
    env: readonly string[],
    wait: boolean,
    abandoned?: AbortSignal,
  ): Promise<CommandOutcome>;
  /** Returns all jobs, and all classes without a job (state `waiting`), sorted by name. Patterns are globs. */
  jobs(patterns?: readonly string[]): readonly JobStatus[];
  /** Defines a job for a command, and starts it. */
  run(request: RunRequest, abandoned?: AbortSignal): Promise<CommandAnswer>;
  /** Sends a signal to main. */
  signal(request: SignalRequest): SignalAnswer | Extract<CommandOutcome, { ok: false }>;
  /** Returns the status of the job that NAME and KEY=VALUEs mean, found as `initctl status` finds it. */
  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome;
  /** @param namespaces whether to read the namespaces of the processes, too */
  tree(name: string, namespaces: boolean): readonly JobTree[];
  /**
   * Returns the paths of a job's log files, oldest rotation first.
   * @param stream `stderr`: the files of its standard error, if the job logs that separately, and none otherwise
   */
  logFiles(name: string, instance?: string, stream?: 'stdout' | 'stderr'): readonly string[];
  classes(): readonly ClassReport[];
  /**
   * Sets whether the job starts automatically, now and after every restart of foster.
   * @throws AutomaticStartError
   */
  enable(name: string, enabled: boolean): AutomaticStart;
  /** Returns the last two runlevels. `N` means that there was none. */
  runlevel(): Runlevels;
  /**
   * Emits the event `runlevel`, with the current runlevel as PREVLEVEL, and returns the new state. With `--machine`,
   * 0 and 6 end the machine when the event has finished.
   * @param variables further variables of the event
   */
  changeRunlevel(level: string, variables?: readonly string[]): Runlevels;
  /** Returns an entry for each job that cannot be loaded because its file is broken. */
  brokenJobs(patterns?: readonly string[]): readonly JobStatus[];
  /** Reads all configuration directories again, and returns what it read. */
  reload(): Reading;
  /** Resolves when all job files that were written before the call have been read. */
  filesAreRead(): Promise<void>;
  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable;
  /** Returns what events and commands wait for, in words. */
  pending(): readonly { readonly what: string; readonly waitsFor: readonly string[] }[];
  shutdown(): void;
  /** Re-executes the supervisor's program; all jobs keep running (Upstart: telinit u). */
  reexec(): void;
  /** Reopens log files, and writes what could not be written before (initctl notify-disk-writeable). */
  reopenLogs(): void;
  logPriority(): LogPriority;
  setLogPriority(priority: LogPriority): void;
  /**
   * Returns the `KEY=VALUE`s that every job gets or, with `job`, those of that job; undefined if there is no such
   * job.
   */
  environment(job?: JobRef): readonly string[] | undefined;
  /** Returns false if the change is not permitted: the global table is read-only, as in Upstart. */
  changeEnvironment(change: EnvironmentChange, job?: JobRef): boolean;
}
