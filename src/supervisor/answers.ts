/** What the control socket offers, carried out by the parts of the supervisor. */
import type { Disposable } from '../kernel/kernel.js';
import type { SelfTest, SourceName } from '../tracker/sources/source.js';
import type { Tracking } from '../tracker/tracking.js';
import type { Activation } from './activation.js';
import type { GroupApi, SupervisorReport } from './api/report.js';
import type { UnreadableDirectory } from './config/job-files.js';
import type { CommandAnswer, CommandRequest, EnvironmentChange } from './api/requests.js';
import type { FeedEntry, FeedFilter } from './api/feed.js';
import type { JobTree } from './api/process-tree.js';
import type { JobStatus } from './api/job-status.js';
import type { Runlevels } from './bridges/runlevel.js';
import { GroupCommands } from './cgroup/group-commands.js';
import type { JobGroups } from './cgroup/job-groups.js';
import type { PendingCommands } from './commands/pending-commands.js';
import type { AutomaticStart } from './config/automatic-start.js';
import type { Configuration } from './config/configuration.js';
import type { ClassReport, Reading } from './config/job-files.js';
import type { CommandOutcome, CoreInput, JobRef, Milliseconds } from './core/contract.js';
import type { Core } from './core/core.js';
import type { Feed } from './feed/feed.js';
import type { InitOptions, LogPriority } from './init-options.js';
import { signalling } from './commands/job-signals.js';
import { JobCommands } from './commands/job-commands.js';
import type { Log } from './log/log.js';
import { measures, type Measures } from './measures.js';
import type { JobOutputs } from './output/job-outputs.js';
import type { ProcessEvents } from './process-events/process-events.js';
import type { RunRequest } from './run-jobs/job-text.js';
import type { RunJobs } from './run-jobs/run-jobs.js';
import type { Statuses } from './status/statuses.js';
import type { Timers } from './timers.js';

interface AnswersOptions {
  readonly options: InitOptions;
  readonly version: string;
  readonly started: Date;
  /** the event source in use, and what the self-tests of all sources found */
  readonly tracker: {
    readonly name: SourceName;
    readonly tests: readonly { readonly name: SourceName; readonly test: SelfTest }[];
  };
  /** `KEY=VALUE`s that every job gets */
  readonly jobEnvironment: readonly string[];
  readonly log: Log;
  readonly core: Core;
  readonly timers: Pick<Timers, 'lateness'>;
  readonly now: () => Milliseconds;
  readonly submit: (input: CoreInput) => void;
  readonly commands: PendingCommands;
  readonly configuration: Configuration;
  readonly tracking: Pick<Tracking, 'refresh' | 'counts' | 'handles'>;
  readonly statuses: Statuses;
  readonly feed: Feed;
  readonly outputs: JobOutputs;
  readonly groups: JobGroups;
  readonly activation: Activation;
  readonly runJobs: RunJobs;
  readonly processEvents: Pick<ProcessEvents, 'namespaceMethod'>;
  /** called when the event `runlevel` with these variables has finished */
  readonly onRunlevelReached: (env: readonly string[]) => void;
  readonly onShutdown: () => void;
  readonly onReexec: () => void;
}

/**
 * The supervisor as the control socket sees it. `control/` turns HTTP requests into these calls, and their results
 * into JSON; it adds only authorisation. The types are what `--json` prints (docs/status.schema.json).
 */
export class Answers {
  /** freezing and thawing jobs, and what they use */
  readonly groupCommands: GroupApi;
  /** Sends a signal to main. */
  readonly signal: ReturnType<typeof signalling>;
  readonly #jobCommands: JobCommands;

  constructor(private readonly parts: AnswersOptions) {
    this.groupCommands = new GroupCommands(parts.groups, parts.statuses);
    this.signal = signalling(parts);
    this.#jobCommands = new JobCommands(parts);
  }

  report(): SupervisorReport {
    const { options, version, started, tracker, tracking } = this.parts;
    const { confdirs, isConfdirNamed, logdir, logIndex, rundir } = options;
    return {
      version,
      pid: process.pid,
      since: started.toISOString(),
      tracker: tracker.name,
      counts: tracking.counts,
      sources: tracker.tests,
      confdirs,
      isConfdirNamed,
      unreadable: this.unreadableDirectories(),
      logdir,
      logIndex,
      rundir,
    };
  }

  /** Returns counters since the start of this program. */
  measures(): Measures {
    const { core, timers } = this.parts;
    return measures(core.counts(), timers.lateness.view());
  }

  /** `abandoned` fires when the client has gone. The command itself is carried out all the same. */
  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    const answer = this.#jobCommands.run(request, abandoned);
    return request.verb === 'reset-failed' ? answer.finally(() => this.parts.runJobs.sweep()) : answer;
  }

  /** Defines a job for a command, and starts it. */
  run(request: RunRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    return this.parts.runJobs.run(request, abandoned);
  }

  /** Resolves when the event has finished, as `initctl emit` does, or immediately if `wait` is false. */
  async emit(
    event: string,
    env: readonly string[],
    wait: boolean,
    abandoned?: AbortSignal,
  ): Promise<CommandOutcome> {
    if (wait) return this.parts.commands.emit(event, env, abandoned);
    this.parts.submit({ kind: 'emit', event, env });
    return { ok: true, job: undefined };
  }

  /** Returns all jobs, and all classes without a job (state `waiting`), sorted by name. Patterns are globs. */
  jobs(patterns?: readonly string[]): readonly JobStatus[] {
    return this.parts.statuses.jobs(patterns);
  }

  /** Returns the status of the job that NAME and KEY=VALUEs mean, found as `initctl status` finds it. */
  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome {
    return this.parts.statuses.find(name, env, instance);
  }

  /** @param namespaces whether to read the namespaces of the processes, too */
  tree(name: string, namespaces: boolean): readonly JobTree[] {
    const { tracking, statuses, processEvents } = this.parts;
    tracking.refresh();
    return statuses.tree(name, namespaces ? processEvents.namespaceMethod : undefined);
  }

  /**
   * Returns the paths of a job's log files, oldest rotation first.
   * @param stream `stderr`: the files of its standard error, if the job logs that separately, and none otherwise
   */
  logFiles(name: string, instance = '', stream: 'stdout' | 'stderr' = 'stdout'): readonly string[] {
    const { outputs, configuration } = this.parts;
    return outputs.logFiles({ name, instance }, stream, configuration.classOf(name));
  }

  /** Returns an entry for each job that cannot be loaded because its file is broken. */
  brokenJobs(patterns?: readonly string[]): readonly JobStatus[] {
    const { statuses, configuration } = this.parts;
    return statuses.broken(configuration.files.brokenNames(), patterns);
  }

  /** Returns the directories in which no job file could be read: jobs that nobody sees. */
  unreadableDirectories(): readonly UnreadableDirectory[] {
    return this.parts.configuration.files.unreadable;
  }

  classes(): readonly ClassReport[] {
    return this.parts.configuration.files.reports();
  }

  /** Reads all configuration directories again, and returns what it read. */
  reload(): Reading {
    return this.parts.configuration.reload();
  }

  /** Resolves when all job files that were written before the call have been read. */
  filesAreRead(): Promise<void> {
    return this.parts.configuration.catchUp();
  }

  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable {
    return this.parts.feed.subscribe(filter, listener);
  }

  /** Returns what events and commands wait for, in words. */
  pending(): readonly { readonly what: string; readonly waitsFor: readonly string[] }[] {
    return this.parts.core.pending(this.parts.now());
  }

  /**
   * Sets whether the job starts automatically, now and after every restart of foster.
   * @throws AutomaticStartError
   */
  enable(name: string, enabled: boolean): AutomaticStart {
    return this.parts.configuration.enable(name, enabled);
  }

  /** Returns the last two runlevels. `N` means that there was none. */
  runlevel(): Runlevels {
    return this.parts.activation.runlevel.levels;
  }

  /**
   * Emits the event `runlevel`, with the current runlevel as PREVLEVEL, and returns the new state. With `--machine`,
   * 0 and 6 end the machine when the event has finished.
   * @param variables further variables of the event
   */
  changeRunlevel(level: string, variables: readonly string[] = []): Runlevels {
    const { activation, commands, onRunlevelReached } = this.parts;
    const env = [...activation.runlevel.eventFor(level), ...variables];
    void commands.emit('runlevel', env).then(() => onRunlevelReached(env));
    return this.runlevel();
  }

  shutdown(): void {
    this.parts.onShutdown();
  }

  /** Re-executes the supervisor's program; all jobs keep running (Upstart: telinit u). */
  reexec(): void {
    this.parts.onReexec();
  }

  /** Reopens log files, and writes what could not be written before (initctl notify-disk-writeable). */
  reopenLogs(): void {
    this.parts.outputs.reopenLogs();
  }

  logPriority(): LogPriority {
    return this.parts.log.priority;
  }

  setLogPriority(priority: LogPriority): void {
    this.parts.log.priority = priority;
  }

  /**
   * Returns the `KEY=VALUE`s that every job gets or, with `job`, those of that job; undefined if there is no such
   * job.
   */
  environment(job?: JobRef): readonly string[] | undefined {
    return job === undefined ? this.parts.jobEnvironment : this.parts.core.environment(job);
  }

  /**
   * Returns false if the change is not permitted. As in Upstart, the global table is read-only: a job's file decides
   * which variables it gets.
   */
  changeEnvironment(change: EnvironmentChange, job?: JobRef): boolean {
    if (job === undefined) return false;
    switch (change.kind) {
      case 'set':
        return this.parts.core.changeEnvironment(job, change.variable);
      case 'unset':
        return this.parts.core.changeEnvironment(job, change.name);
      case 'reset':
        return false;
    }
  }
}

/** The interface that others use: a fake of it needs no parts. */
export type SupervisorApi = Pick<Answers, keyof Answers>;
