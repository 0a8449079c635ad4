/**
 * The supervisor: the core, the tracker, the launcher, the jobs' output and the saved state, joined. It offers what the
 * control socket asks for (api.ts). How the program begins and ends is in init/.
 */
import { join } from 'node:path';
import { cgroupSetup } from '../kernel/cgroup-layout.js';
import type { Disposable } from '../kernel/kernel.js';
import { tracerOf } from '../kernel/process-status.js';
import { letGoOfStranger } from '../kernel/ptrace.js';
import { usedClasses, type Loaded } from '../jobfile/load.js';
import type { JobClass } from '../jobfile/job-class.js';
import type { TrackerOutput } from '../tracker/tracker.js';
import { Tracking } from '../tracker/tracking.js';
import { Activation } from './activation.js';
import type {
  CommandAnswer,
  CommandRequest,
  EnvironmentChange,
  FeedEntry,
  FeedFilter,
  JobStatus,
  JobTree,
  SupervisorApi,
  SupervisorReport,
} from './api.js';
import type { ClassReport } from './config/job-files.js';
import { PendingCommands } from './commands.js';
import { noteWhatStarts, setAutomaticStart, type AutomaticStart } from './config/automatic-start.js';
import { changesBetween, JobFiles, type Reading } from './config/job-files.js';
import type { Runlevels } from './bridges/runlevel.js';
import { GroupCommands } from './cgroup/group-commands.js';
import { JobGroups } from './cgroup/job-groups.js';
import { groupScope } from './cgroup/names.js';
import type { CommandOutcome, JobRef, Milliseconds } from './core/contract.js';
import { createCore, type Core } from './core/core.js';
import { effectHandlers } from './effect-handlers.js';
import { Engine, type EffectHandlers } from './engine.js';
import { MemberEnding } from './ending/member-ending.js';
import type { Feed } from './feed/feed.js';
import type { LogPriority } from './init-options.js';
import { jobLabel, jobOfKey } from './job-key.js';
import { makeHealthChecks } from './health/make-health-checks.js';
import { JobCommands } from './job-commands.js';
import { JobProcesses } from './job-processes.js';
import { signalling } from './job-signals.js';
import type { StatusSources } from './job-status.js';
import type { Log } from './log.js';
import { ProcessEvents } from './process-events/process-events.js';
import { Readiness } from './readiness/readiness.js';
import { StatusMemory } from './status-memory.js';
import { Reaper } from './reaper.js';
import { supervisorReport } from './supervisor-report.js';
import { Statuses } from './statuses.js';
import type { SupervisorParts } from './supervisor-parts.js';
import { Timers } from './timers.js';
import { VerdictReports } from './verdict-reports.js';

export class Supervisor implements SupervisorApi {
  readonly core: Core;
  readonly engine: Engine;
  readonly tracking: Tracking;
  readonly processes: JobProcesses;
  readonly readiness: Readiness;
  readonly health: ReturnType<typeof makeHealthChecks>;
  readonly signal = signalling(this);
  readonly activation: Activation;
  readonly reaper: Reaper;
  readonly timers: Timers;
  readonly #processEvents: ProcessEvents;
  readonly #verdicts: VerdictReports;
  readonly #statuses: Statuses;
  readonly groups: JobGroups;
  readonly groupCommands: GroupCommands;
  readonly #commands: PendingCommands;
  readonly #ending: MemberEnding;
  readonly #started = new Date();
  readonly memory: StatusMemory;
  readonly #files = new JobFiles(() => this.parts.options.confdirs);
  #classes: ReadonlyMap<string, JobClass> = new Map();

  constructor(private readonly parts: SupervisorParts) {
    const { kernel, source, lane } = parts;
    this.#processEvents = new ProcessEvents({
      kernel,
      source,
      tracking: () => this.tracking,
      bridge: () => this.activation.processes,
      lane,
    });
    this.#verdicts = new VerdictReports({
      say: (level, text) => this.say(level, text),
      tell: (news) => this.feed.tell(news),
      mainGuessed: (job) => this.readiness.mainGuessed(job),
    });
    this.memory = new StatusMemory(this.#started, this.now, this.#verdicts, this.#processEvents);
    this.core = createCore({ jobEnvironment: parts.jobEnvironment, ownEnvironment: parts.ownEnvironment });
    this.#statuses = new Statuses({ core: this.core, kernel, now: this.now, sources: () => this.#sources() });
    this.#commands = new PendingCommands((input) => this.engine.submit(input));
    this.timers = new Timers(this.now, (timer) => this.engine.submit({ kind: 'timer', timer }));
    this.tracking = new Tracking(kernel, source, (outputs) =>
      lane.turn(() => this.processes.tracked(outputs)),
    );
    this.activation = new Activation({
      kernel,
      rundir: parts.options.rundir,
      now: this.now,
      isUp: (name) => this.core.classes().some((view) => view.name === name && view.instances.length > 0),
      start: (name) => this.#startByTime(name),
      emit: (event, env) => this.emit(event, env, true),
      report: (level, text) => this.say(level, text),
      onRunlevel: parts.onRunlevel,
    });
    this.groups = new JobGroups({
      kernel,
      setup: cgroupSetup(),
      scope: groupScope(parts.options.rundir),
      now: this.now,
      warn: (text) => this.say('warn', text),
      emit: (event, env) => this.engine.submit({ kind: 'emit', event, env }),
    });
    this.groupCommands = new GroupCommands(this.groups, this);
    this.readiness = this.#makeReadiness();
    this.health = makeHealthChecks(parts, this);
    this.processes = new JobProcesses(
      {
        launcher: parts.launcher,
        launches: parts.launches,
        processes: kernel.processes,
        submit: (input) => this.engine.submit(input),
        hint: (job, text) => this.say('warn', `${jobLabel(job)}: ${text}`),
        observe: (output) => this.#observe(output),
        unclear: (job, pids) => parts.unclear.note(job, pids),
        putOff: (act) => parts.lane.putOff(act),
        prepare: (effect) => this.readiness.prepare(effect),
        started: (job, main) => this.#mainStarted(job, main),
        ended: (job, main) => parts.outputs.processEnded(job, main, lane),
      },
      this.tracking,
    );
    this.#ending = new MemberEnding({
      kernel,
      tracking: this.tracking,
      groupOf: (job) => this.groups.of(job),
      ended: (job) => this.engine.submit({ kind: 'members-ended', job }),
      warn: (text) => this.say('warn', text),
    });
    this.reaper = this.#makeReaper();
    this.engine = new Engine(this.core, this.now, this.#handlers(), lane);
  }

  get unclear(): SupervisorParts['unclear'] {
    return this.parts.unclear;
  }

  /** What happens, for whoever listens. */
  get feed(): Feed {
    return this.#processEvents.feed;
  }

  /** The core's clock: milliseconds of CLOCK_MONOTONIC. */
  readonly now = (): Milliseconds => this.parts.kernel.now() / 1e6;

  /** Begins to listen to the kernel, and finds out what has become of jobs that were taken back. */
  start(): void {
    this.tracking.start({
      reap: (pids) => this.reaper.reap(pids),
      listen: this.#processEvents.machine.take,
      turn: (act) => this.parts.lane.turn(act),
      resume: () => this.parts.lane.resume(),
    });
    const jobs = this.core.jobs(this.now());
    const mains = jobs.flatMap(({ processes }) => processes.filter(({ process }) => process === 'main'));
    this.tracking.recovery.takeBack(mains.map(({ pid }) => pid));
    this.readiness.resume(jobs, this.now());
    this.health.resume(jobs);
    for (const { ref: job, class: jobClass, processes } of jobs)
      this.groups.resume({ job, class: jobClass, env: this.core.environment(job) ?? [] }, processes);
    this.groups.sweep();
    this.parts.runtimeDirectories.resume(jobs.map(({ ref }) => ref));
    for (const { ref } of jobs) this.parts.onJobChanged(ref);
    this.reaper.start();
    this.parts.launches.endUnclaimed((pid) => this.processes.has(pid), this.tracking);
  }

  /** Gives everything back; running processes go on. */
  close(): void {
    this.parts.lane.flush();
    this.activation.close();
    this.#processEvents.close();
    this.reaper.stop();
    this.tracking.stop();
    this.timers.clearAll();
    this.readiness.close();
    this.health.close();
    this.#ending.close();
    this.parts.unclear.close();
    this.groups.close();
    this.parts.outputs.close();
    this.parts.launcher.close();
  }

  /** Takes the job files as they are on disk now: new, changed and removed classes. */
  useFiles(loaded: Loaded, readAt = Date.now()): void {
    const before = this.#classes;
    this.#files.read(loaded, readAt);
    const builtIn = this.parts.builtIn.map((jobClass): [string, JobClass] => [jobClass.name, jobClass]);
    this.#classes = new Map([...usedClasses(loaded), ...builtIn]);
    const changes = changesBetween(before, this.#classes);
    this.#files.noteChanges(changes);
    for (const name of Object.values(changes).flat())
      this.engine.submit({ kind: 'class', name, class: this.#classes.get(name) });
    this.activation.follow(this.#classes.values());
    this.#processEvents.waitersChanged();
  }

  report(): SupervisorReport {
    return supervisorReport(this.parts, this.#started, this.tracking.counts);
  }

  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    const known = { core: this.core, pending: this.#commands, statuses: this.#statuses, files: this.#files };
    return new JobCommands(known, this, this.parts.outputs).run(request, abandoned);
  }

  async emit(
    event: string,
    env: readonly string[],
    wait: boolean,
    abandoned?: AbortSignal,
  ): Promise<CommandOutcome> {
    const emission = { kind: 'emit', event, env } as const;
    if (wait) return (await this.#commands.run((id) => ({ ...emission, id }), { abandoned })).outcome;
    this.engine.submit(emission);
    return { ok: true, job: undefined };
  }

  jobs(patterns?: readonly string[]): readonly JobStatus[] {
    return this.#statuses.jobs(patterns);
  }

  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome {
    return this.#statuses.find(name, env, instance);
  }

  tree(name: string, namespaces: boolean): readonly JobTree[] {
    this.tracking.refresh();
    return this.#statuses.tree(name, namespaces ? this.#processEvents.namespaceMethod : undefined);
  }

  logFiles(name: string, instance = '', stream: 'stdout' | 'stderr' = 'stdout'): readonly string[] {
    return this.parts.outputs.logFiles({ name, instance }, stream, this.#classes.get(name));
  }

  brokenJobs(patterns?: readonly string[]): readonly JobStatus[] {
    return this.#statuses.broken(this.#files.brokenNames(), patterns);
  }

  classes(): readonly ClassReport[] {
    return this.#files.reports();
  }

  reload(): Reading {
    this.parts.onReload();
    return this.#files.lastReading;
  }

  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable {
    return this.feed.subscribe(filter, listener);
  }

  pending(): readonly { readonly what: string; readonly waitsFor: readonly string[] }[] {
    return this.core.pending(this.now());
  }

  enable(name: string, enabled: boolean): AutomaticStart {
    const file = this.#files.all.find(
      ({ path, class: jobClass }) => jobClass !== undefined && this.#classes.get(name)?.source.path === path,
    );
    const answer = setAutomaticStart(name, enabled, file, this.parts.options.confdirs[0]);
    if (answer.changed) this.parts.onReload();
    return noteWhatStarts(answer, this.#classes.get(name));
  }

  runlevel(): Runlevels {
    return this.activation.runlevel.levels;
  }

  changeRunlevel(level: string, variables: readonly string[] = []): Runlevels {
    const env = [...this.activation.runlevel.eventFor(level), ...variables];
    void this.emit('runlevel', env, true).then(() => this.parts.onRunlevelReached(env));
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
    return job === undefined ? this.parts.jobEnvironment : this.core.environment(job);
  }

  /** The table of PID 1 is read-only in Upstart, and so is foster's: what a job gets stands in its file. */
  changeEnvironment(change: EnvironmentChange, job?: JobRef): boolean {
    if (job === undefined) return false;
    switch (change.kind) {
      case 'set':
        return this.core.changeEnvironment(job, change.variable);
      case 'unset':
        return this.core.changeEnvironment(job, change.name);
      case 'reset':
        return false;
    }
  }

  /** As initctl does: a job that runs already is left alone, and its start is an error. */
  async #startByTime(name: string): Promise<CommandOutcome> {
    const how = { env: [], wait: 'nothing', dialect: 'upstart', by: 'schedule' } as const;
    return (await this.command({ verb: 'start', name, ...how })).outcome;
  }

  #mainStarted(job: JobRef, main: number): void {
    const { outputs, lane } = this.parts;
    lane.add(() => outputs.runStarted(job, main));
    this.readiness.started(job, main);
  }

  #makeReadiness(): Readiness {
    const { parts } = this;
    return new Readiness({
      kernel: parts.kernel,
      tracking: this.tracking,
      notifyPath: join(parts.options.rundir, 'notify'),
      submit: (input) => this.engine.submit(input),
      classOf: (job) => this.core.job(job, this.now())?.class,
      environmentOf: (job) => this.core.environment(job),
      socketsOf: (name, env) => this.activation.socketsOf(name, env),
      onLine: (job, listener) => parts.outputs.onLine(job, listener),
      report: (level, text) => this.say(level, text),
    });
  }

  #makeReaper(): Reaper {
    const turn = (act: () => void): void => this.parts.lane.turn(act);
    const onStopped = (pid: number, signal: number): void => turn(() => this.processes.stopped(pid, signal));
    const { kernel, source } = this.parts;
    return new Reaper({
      processes: kernel.processes,
      beforeReap: source.beforeReap?.bind(source),
      onDeaths: (deaths) => {
        // who ends the last of a job's processes waits for each of them
        turn(() => this.processes.ended(deaths, !this.#ending.isBusy));
        this.health.ended(deaths);
        this.#ending.deathsSeen();
      },
      onStopped,
      onTrapped: (pid, status) => {
        if (source.trapped === undefined) return letGoOfStranger(pid, status);
        const signal = source.trapped(pid, status);
        if (signal !== undefined) onStopped(pid, signal);
      },
    });
  }

  #handlers(): EffectHandlers {
    return effectHandlers({
      parts: this.parts,
      processes: this.processes,
      ending: this.#ending,
      commands: this.#commands,
      timers: this.timers,
      verdicts: this.#verdicts,
      readiness: this.readiness,
      health: this.health,
      groups: this.groups,
      activation: this.activation,
      tracker: this.tracking.tracker,
      feed: this.feed,
    });
  }

  /** Writes to foster's own log, and to the feed. */
  say(level: Parameters<Log>[0], text: string): void {
    this.parts.lane.add(() => {
      this.parts.log(level, text);
      this.feed.tell({ type: 'log', level, text });
    });
  }

  /** What is waited for is seen to at once; the rest is a report. */
  #observe(output: TrackerOutput): void {
    if (output.kind === 'event') {
      if (output.event.type === 'exit') {
        this.#ending.deathsSeen();
        this.groups.processEnded(output.job);
      }
      this.readiness.processChanged(output.job);
      this.#processEvents.saw(output.job, output.event);
    } else if (output.kind === 'verdict') {
      this.#verdicts.noted(output.verdict);
      if (output.verdict.verdict === 'main') this.parts.onMainChanged(jobOfKey(output.verdict.job));
      this.parts.lane.add(() => {
        this.#verdicts.report(output.verdict);
        this.#processEvents.concluded(output.verdict);
      });
    } else this.parts.lane.add(() => this.feed.overflow(output.event));
  }

  #sources(): StatusSources {
    return {
      tracker: this.tracking.tracker,
      source: this.parts.source,
      began: this.memory.began,
      trackerNow: () => this.parts.kernel.now(),
      timeOf: (moment) => this.memory.timeOf(moment),
      ambiguity: (job) => this.#verdicts.ambiguityOf(job),
      nextStart: (name) => this.activation.nextStart(name),
      healthOf: (job) => this.health.of(job),
      selfReport: (job) => this.readiness.reportOf(job),
      coreDumpOf: (job) => this.#processEvents.coreDumpOf(job),
      tracerOf,
      commOf: (pid) => this.parts.kernel.proc.stat(pid)?.comm,
      groupOf: (job) => this.groups.statusOf(job),
      fileOf: (name, inUse) => this.#files.of(name, inUse),
    };
  }
}
