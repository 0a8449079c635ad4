/** A scripted supervisor: the API that the control socket serves, with what it was asked for test to look at. */
import type { RunRequest } from '../../src/supervisor/run-jobs/job-text.js';
import type { HistogramView } from '../../src/supervisor/histogram.js';
import type { Measures } from '../../src/supervisor/measures.js';
import type {
  CommandAnswer,
  CommandRequest,
  EnvironmentChange,
  SignalAnswer,
  SignalRequest,
} from '../../src/supervisor/api/requests.js';
import type { FeedEntry, FeedFilter } from '../../src/supervisor/api/feed.js';
import type { JobTree } from '../../src/supervisor/api/process-tree.js';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import type { ClassReport, Reading } from '../../src/supervisor/config/job-files.js';
import type { Runlevels } from '../../src/supervisor/bridges/runlevel.js';
import type { UnreadableDirectory } from '../../src/supervisor/config/job-files.js';
import type { JobUsage } from '../../src/supervisor/api/usage.js';
import { AutomaticStartError, type AutomaticStart } from '../../src/supervisor/config/automatic-start.js';
import type { CommandOutcome, JobRef } from '../../src/supervisor/core/contract.js';
import type { LogPriority } from '../../src/supervisor/init-options.js';
import type { SupervisorApi } from '../../src/supervisor/answers.js';

export function jobStatus(name: string, fields: Partial<JobStatus> = {}): JobStatus {
  return {
    name,
    instance: '',
    goal: 'stop',
    state: 'waiting',
    since: '2026-01-02T03:04:05.678Z',
    main: null,
    launcher: null,
    members: [],
    detached: [],
    processes: [],
    tracker: 'procfs',
    respawns: 0,
    exit: null,
    ...fields,
  };
}

export function runningJob(name: string, pid: number, fields: Partial<JobStatus> = {}): JobStatus {
  return jobStatus(name, {
    goal: 'start',
    state: 'running',
    main: pid,
    launcher: pid,
    processes: [{ process: 'main', pid }],
    ...fields,
  });
}

export function failure(error: (CommandOutcome & { ok: false })['error'], message: string): CommandOutcome {
  return { ok: false, error, message };
}

const NONE: HistogramView = { buckets: [], sum: 0, count: 0 };

export class FakeSupervisor implements SupervisorApi {
  /** what the supervisor was told, in order */
  readonly calls: string[] = [];
  readonly commands: CommandRequest[] = [];
  readonly listeners = new Map<(entry: FeedEntry) => void, FeedFilter>();
  statuses: JobStatus[] = [];
  broken: JobStatus[] = [];
  unreadable: UnreadableDirectory[] = [];
  reading: Reading = { files: 0, added: [], changed: [], removed: [], errors: [] };
  classReports: ClassReport[] = [];
  trees: JobTree[] = [];
  logs: string[] = [];
  waiting: { what: string; waitsFor: string[] }[] = [];
  levels: Runlevels = { previous: 'N', current: 'N' };
  priority: LogPriority = 'message';
  variables = ['PATH=/usr/bin:/bin', 'TERM=linux'];
  /** PID 1's table is read-only */
  environmentWritable = true;
  onCommand: (request: CommandRequest, abandoned?: AbortSignal) => CommandAnswer | Promise<CommandAnswer> = (
    request,
  ) => ({
    outcome: { ok: true, job: { name: request.name, instance: '' } },
    status: this.statuses.find((status) => status.name === request.name) ?? null,
    output: [],
  });
  onEmit: (event: string, env: readonly string[]) => CommandOutcome = () => ({ ok: true, job: undefined });
  onSubscribe: () => void = () => undefined;
  usages: JobUsage[] = [];
  counted: Measures = { runs: [], restartTimes: NONE, timerLateness: NONE };
  onFreeze: (frozen: boolean, name: string, instance?: string) => CommandAnswer = (_, name) => ({
    outcome: { ok: true, job: { name, instance: '' } },
    status: this.statuses.find((status) => status.name === name) ?? null,
    output: [],
  });
  readonly groupCommands = {
    freeze: (frozen: boolean, name: string, _env: readonly string[], instance?: string): CommandAnswer => {
      this.calls.push(`${frozen ? 'freeze' : 'thaw'} ${name}`);
      return this.onFreeze(frozen, name, instance);
    },
    usage: (): Promise<readonly JobUsage[]> => Promise.resolve(this.usages),
  };

  report() {
    return {
      version: '0.1.0',
      pid: 77,
      since: '2026-01-02T03:04:05.678Z',
      tracker: 'procfs' as const,
      counts: { events: 0, overflows: 0, resyncs: 0 },
      sources: [
        {
          name: 'connector' as const,
          test: { works: false as const, reason: 'not the initial pid namespace', remedy: 'run on the host' },
        },
        { name: 'procfs' as const, test: { works: true as const, detail: 'always works' } },
      ],
      confdirs: ['/etc/foster'],
      isConfdirNamed: false,
      unreadable: this.unreadable,
      logdir: '/var/log/foster',
      logIndex: '/var/lib/foster/log-index',
      rundir: '/run/foster',
    };
  }

  unreadableDirectories(): readonly UnreadableDirectory[] {
    return this.unreadable;
  }

  measures(): Measures {
    return this.counted;
  }

  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    this.commands.push(request);
    return Promise.resolve(this.onCommand(request, abandoned));
  }

  emit(event: string, env: readonly string[], wait: boolean): Promise<CommandOutcome> {
    this.calls.push(`emit ${[event, ...env].join(' ')}${wait ? '' : ' (no wait)'}`);
    return Promise.resolve(this.onEmit(event, env));
  }

  jobs(patterns?: readonly string[]): readonly JobStatus[] {
    if (patterns === undefined) return this.statuses;
    const fits = (name: string, pattern: string) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
    return this.statuses.filter(({ name }) => patterns.some((pattern) => fits(name, pattern)));
  }

  run({ name, argv }: RunRequest): Promise<CommandAnswer> {
    this.calls.push(`run ${name}: ${argv.join(' ')}`);
    return Promise.resolve({ outcome: { ok: true, job: { name, instance: '' } }, status: null, output: [] });
  }

  signal(request: SignalRequest): SignalAnswer {
    this.calls.push(`signal ${request.name} ${request.signal} ${request.whole}`);
    return { name: request.name, instance: request.instance ?? '', pid: 7 };
  }

  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome {
    const named = this.statuses.filter((status) => status.name === name);
    if (named.length === 0) return failure('unknown-job', `Unknown job: ${name}`);
    const wanted = instance ?? env[0]?.split('=')[1] ?? named[0]!.instance;
    return (
      named.find((status) => status.instance === wanted) ??
      failure('unknown-instance', `Unknown instance: ${wanted}`)
    );
  }

  tree() {
    return this.trees;
  }
  logFiles(_name: string, _instance?: string, stream?: string): readonly string[] {
    return stream === 'stderr' ? [] : this.logs;
  }
  classes(): readonly ClassReport[] {
    return this.classReports;
  }
  enable(name: string, enabled: boolean): AutomaticStart {
    this.calls.push(`${enabled ? 'enable' : 'disable'} ${name}`);
    if (!this.statuses.some((status) => status.name === name))
      throw new AutomaticStartError('unknown-job', `Unknown job: ${name}`);
    return { name, enabled, changed: true, override: enabled ? null : `/etc/foster/${name}.override` };
  }
  runlevel(): Runlevels {
    return this.levels;
  }
  changeRunlevel(level: string, variables: readonly string[] = []): Runlevels {
    this.calls.push(['runlevel', level, ...variables].join(' '));
    this.levels = { previous: this.levels.current, current: level };
    return this.levels;
  }
  brokenJobs(): readonly JobStatus[] {
    return this.broken;
  }
  reload(): Reading {
    this.calls.push('reload');
    return this.reading;
  }
  filesAreRead(): Promise<void> {
    return Promise.resolve();
  }
  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void) {
    this.listeners.set(listener, filter);
    this.onSubscribe();
    return { dispose: () => void this.listeners.delete(listener) };
  }
  publish(entry: FeedEntry): void {
    for (const listener of this.listeners.keys()) listener(entry);
  }
  pending() {
    return this.waiting;
  }
  shutdown(): void {
    this.calls.push('shutdown');
  }
  reexec(): void {
    this.calls.push('reexec');
  }
  reopenLogs(): void {
    this.calls.push('reopenLogs');
  }
  logPriority(): LogPriority {
    return this.priority;
  }
  setLogPriority(priority: LogPriority): void {
    this.priority = priority;
  }
  environment(job?: JobRef): readonly string[] | undefined {
    if (job !== undefined && !this.statuses.some(({ name }) => name === job.name)) return undefined;
    return this.variables;
  }
  changeEnvironment(change: EnvironmentChange, job?: JobRef): boolean {
    this.calls.push(`environment ${JSON.stringify(change)}${job === undefined ? '' : ` of ${job.name}`}`);
    return this.environmentWritable;
  }
}
