/** Implements the API that the control socket offers (api/supervisor-api.ts), by the parts of the supervisor. */
import type { Disposable } from '../kernel/kernel.js';
import type { SelfTest, SourceName } from '../tracker/sources/source.js';
import type { Tracking } from '../tracker/tracking.js';
import type { Activation } from './activation.js';
import type { GroupApi, SupervisorApi, SupervisorReport } from './api/supervisor-api.js';
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

export interface AnswersOptions {
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

export class Answers implements SupervisorApi {
  readonly groupCommands: GroupApi;
  readonly signal: SupervisorApi['signal'];
  readonly #jobCommands: JobCommands;

  constructor(private readonly parts: AnswersOptions) {
    this.groupCommands = new GroupCommands(parts.groups, parts.statuses);
    this.signal = signalling(parts);
    this.#jobCommands = new JobCommands(parts);
  }

  report(): SupervisorReport {
    const { options, version, started, tracker, tracking } = this.parts;
    const { confdirs, logdir, logIndex, rundir } = options;
    return {
      version,
      pid: process.pid,
      since: started.toISOString(),
      tracker: tracker.name,
      counts: tracking.counts,
      sources: tracker.tests,
      confdirs,
      logdir,
      logIndex,
      rundir,
    };
  }

  measures(): Measures {
    const { core, timers } = this.parts;
    return measures(core.counts(), timers.lateness.view());
  }

  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    const answer = this.#jobCommands.run(request, abandoned);
    return request.verb === 'reset-failed' ? answer.finally(() => this.parts.runJobs.sweep()) : answer;
  }

  run(request: RunRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    return this.parts.runJobs.run(request, abandoned);
  }

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

  jobs(patterns?: readonly string[]): readonly JobStatus[] {
    return this.parts.statuses.jobs(patterns);
  }

  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome {
    return this.parts.statuses.find(name, env, instance);
  }

  tree(name: string, namespaces: boolean): readonly JobTree[] {
    const { tracking, statuses, processEvents } = this.parts;
    tracking.refresh();
    return statuses.tree(name, namespaces ? processEvents.namespaceMethod : undefined);
  }

  logFiles(name: string, instance = '', stream: 'stdout' | 'stderr' = 'stdout'): readonly string[] {
    const { outputs, configuration } = this.parts;
    return outputs.logFiles({ name, instance }, stream, configuration.classOf(name));
  }

  brokenJobs(patterns?: readonly string[]): readonly JobStatus[] {
    const { statuses, configuration } = this.parts;
    return statuses.broken(configuration.files.brokenNames(), patterns);
  }

  classes(): readonly ClassReport[] {
    return this.parts.configuration.files.reports();
  }

  reload(): Reading {
    return this.parts.configuration.reload();
  }

  filesAreRead(): Promise<void> {
    return this.parts.configuration.catchUp();
  }

  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable {
    return this.parts.feed.subscribe(filter, listener);
  }

  pending(): readonly { readonly what: string; readonly waitsFor: readonly string[] }[] {
    return this.parts.core.pending(this.parts.now());
  }

  enable(name: string, enabled: boolean): AutomaticStart {
    return this.parts.configuration.enable(name, enabled);
  }

  runlevel(): Runlevels {
    return this.parts.activation.runlevel.levels;
  }

  changeRunlevel(level: string, variables: readonly string[] = []): Runlevels {
    const { activation, commands, onRunlevelReached } = this.parts;
    const env = [...activation.runlevel.eventFor(level), ...variables];
    void commands.emit('runlevel', env).then(() => onRunlevelReached(env));
    return this.runlevel();
  }

  shutdown(): void {
    this.parts.onShutdown();
  }

  reexec(): void {
    this.parts.onReexec();
  }

  reopenLogs(): void {
    this.parts.outputs.reopenLogs();
  }

  logPriority(): LogPriority {
    return this.parts.log.priority;
  }

  setLogPriority(priority: LogPriority): void {
    this.parts.log.priority = priority;
  }

  environment(job?: JobRef): readonly string[] | undefined {
    return job === undefined ? this.parts.jobEnvironment : this.parts.core.environment(job);
  }

  /** As in Upstart, the global table is read-only: a job's file decides which variables it gets. */
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
