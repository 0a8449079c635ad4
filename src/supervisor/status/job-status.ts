/** What `status --json` says of a job: the core's view, joined with what the tracker knows of its processes. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { describeStatus } from '../../kernel/process/signals.js';
import type { Process } from '../../tracker/model.js';
import type { EventSource, SourceName } from '../../tracker/sources/source.js';
import type { Tracker } from '../../tracker/tracker.js';
import type { DecisionReport, ExitReport, JobStatus, ProcessNode, Timestamp } from '../api.js';
import type { JobFile } from '../config/job-files.js';
import type { GroupStatus } from '../cgroup/job-groups.js';
import type { ClassView, JobView } from '../core/core.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { unclearText } from '../core/job/unclear.js';
import { NO_HISTORY, type Decision, type JobHistory } from '../core/job-history.js';
import { isKnown, type EndStatus } from '../core/wait-status.js';
import type { Health } from '../health/judge.js';
import { jobKey } from '../../tracker/job-key.js';
import type { CoreDump } from '../process-events/core-dumps.js';
import type { SelfReport } from '../readiness/notices.js';

export interface StatusSources {
  readonly tracker: Tracker;
  /** by which jobs are followed */
  readonly source: EventSource;
  /** the tracker's clock, nanoseconds */
  readonly trackerNow: () => number;
  /** when the supervisor itself began */
  readonly began: Timestamp;
  /** time of day of a moment of the core's clock */
  readonly timeOf: (moment: Milliseconds) => Timestamp;
  /** when the job's schedule starts it next, milliseconds since 1970 */
  readonly nextStart: (name: string) => number | undefined;
  /** candidates of the tie in which main was guessed */
  readonly ambiguity: (job: JobRef) => readonly number[] | undefined;
  /** the latest process of it that dumped core; the time is the tracker's */
  readonly coreDumpOf: (job: JobRef) => CoreDump | undefined;
  /** pid of who traces a process, 0 for nobody */
  readonly tracerOf: (pid: number) => number;
  readonly commOf: (pid: number) => string | undefined;
  /** what its checks have found */
  readonly healthOf: (job: JobRef) => Health | undefined;
  /** what the job says of itself */
  readonly selfReport: (job: JobRef) => SelfReport | undefined;
  /** its control groups, where it has any */
  readonly groupOf: (job: JobRef) => GroupStatus | undefined;
  /** @param inUse what the job runs as; undefined where it does not run */
  readonly fileOf: (name: string, inUse: JobClass | undefined) => JobFile | undefined;
}

export function statusOfJob(view: JobView, sources: StatusSources): JobStatus {
  const { ref } = view;
  const main = view.processes.find(({ process }) => process === 'main')?.pid ?? null;
  const { members, detached } = processesOf(ref, main, sources);
  const ambiguous = sources.ambiguity(ref);
  const { text: statusText, doing } = sources.selfReport(ref) ?? {};
  const cgroup = sources.groupOf(ref);
  const living = new Set([main, ...members, ...detached]);
  return {
    name: ref.name,
    instance: ref.instance,
    goal: view.goal,
    state: view.state,
    since: sources.timeOf(view.since),
    main,
    launcher: view.launcher !== undefined && living.has(view.launcher) ? view.launcher : null,
    members,
    detached,
    processes: view.processes.map(({ process, pid }) => ({ process, pid })),
    tracker: sourceOf(sources.source, view.launcher),
    respawns: view.respawns,
    exit: exitOf(view.lastExit, sources),
    ...(view.waitsFor !== undefined && { waitingFor: view.waitsFor }),
    ...(view.respawnAt !== undefined && { respawnAt: sources.timeOf(view.respawnAt) }),
    ...(view.failure !== undefined && { failure: view.failure }),
    ...(view.unclear !== undefined && { unclear: view.unclear }),
    ...(ambiguous !== undefined && { ambiguous }),
    ...(sources.tracker.follower(jobKey(ref))?.attached === true && { attached: 'pid file' as const }),
    ...healthField(sources.healthOf(ref), sources),
    ...(statusText !== undefined && { statusText }),
    ...(doing !== undefined && { doing }),
    ...watchedFields(ref, [...(main === null ? [] : [main]), ...members, ...detached], sources),
    ...(cgroup !== undefined && { cgroup }),
    ...aboutClass(view.class, sources),
    ...fileField(sources.fileOf(ref.name, view.class)),
    ...mainSince(view, sources),
    ...historyField(view.history, sources),
  };
}

function mainSince({ processes }: JobView, { timeOf }: StatusSources): Pick<JobStatus, 'mainSince'> {
  const main = processes.find(({ process }) => process === 'main');
  return main === undefined ? {} : { mainSince: timeOf(main.since) };
}

function historyField(history: JobHistory | undefined, sources: StatusSources): Pick<JobStatus, 'history'> {
  if (history === undefined || history === NO_HISTORY) return {};
  const { started, stopped, mains } = history;
  const report = ({ at, cause }: Decision): DecisionReport => ({ at: sources.timeOf(at), ...cause });
  return {
    history: {
      ...(started && { started: report(started) }),
      ...(stopped && { stopped: report(stopped) }),
      mains: mains.map(({ pid, since, at, status, sequel }) => ({
        pid,
        since: sources.timeOf(since),
        ...exitReport(status, sources.timeOf(at)),
        sequel,
      })),
    },
  };
}

function healthField(health: Health | undefined, { timeOf }: StatusSources): Pick<JobStatus, 'health'> {
  if (health === undefined) return {};
  const { state, failures, last } = health;
  const found = last && { ok: last.ok, text: last.text, at: timeOf(last.at) };
  return { health: { state, failures, ...(found !== undefined && { last: found }) } };
}

function fileField(file: JobFile | undefined): Pick<JobStatus, 'file'> {
  return file === undefined ? {} : { file };
}

/** A job that is none, since its file is broken. */
export function statusOfBroken(name: string, sources: StatusSources): JobStatus {
  return {
    name,
    instance: '',
    goal: 'stop',
    state: 'waiting',
    since: sources.began,
    main: null,
    launcher: null,
    members: [],
    detached: [],
    processes: [],
    tracker: sources.source.name,
    respawns: 0,
    exit: null,
    ...fileField(sources.fileOf(name, undefined)),
  };
}

/** A class that has no job: stopped, though processes that detached themselves may live on. */
export function statusOfClass(view: ClassView, sources: StatusSources): JobStatus {
  const ref = { name: view.name, instance: '' };
  const { lastEnd, unclear } = view;
  const failure = unclear === undefined ? lastEnd?.failure?.text : unclearText(ref, unclear);
  return {
    ...ref,
    goal: 'stop',
    state: 'waiting',
    since: lastEnd === undefined ? sources.began : sources.timeOf(lastEnd.at),
    main: null,
    launcher: null,
    members: [],
    detached: processesOf(ref, null, sources).detached,
    processes: [],
    tracker: sources.source.name,
    respawns: 0,
    exit: exitOf(lastEnd?.exit, sources),
    ...watchedFields(ref, [], sources),
    ...(view.waitsFor !== undefined && { waitingFor: view.waitsFor }),
    ...(failure !== undefined && { failure }),
    ...(view.unclear !== undefined && { unclear: view.unclear }),
    ...aboutClass(view.class, sources),
    ...fileField(sources.fileOf(view.name, undefined)),
    ...historyField(lastEnd?.history, sources),
  };
}

/** What an administrator has to be told of: somebody looks into the job, or it has dumped core. */
function watchedFields(
  ref: JobRef,
  pids: readonly number[],
  { coreDumpOf, tracerOf, commOf, timeOf }: StatusSources,
): Pick<JobStatus, 'traced' | 'coreDump'> {
  const traced = pids.flatMap((pid) => {
    const tracer = tracerOf(pid);
    // foster itself looks at what is starting (the tracker ptrace)
    return tracer === 0 || tracer === process.pid
      ? []
      : [{ pid, tracer, tracerName: commOf(tracer) ?? null }];
  });
  const dump = coreDumpOf(ref);
  const at = dump && timeOf(dump.time / 1e6);
  return {
    ...(traced.length > 0 && { traced }),
    ...(dump !== undefined && at !== undefined && { coreDump: { pid: dump.pid, at } }),
  };
}

function aboutClass(
  { name, description, manual }: JobClass,
  { nextStart }: StatusSources,
): Pick<JobStatus, 'description' | 'nextStart' | 'manual'> {
  const next = nextStart(name);
  return {
    ...(description !== undefined && { description }),
    ...(next !== undefined && { nextStart: new Date(next).toISOString() }),
    ...(manual !== undefined && { manual }),
  };
}

/** The living processes of a job as trees: a process whose creator lives stands below it. */
export function processTrees(
  ref: JobRef,
  sources: StatusSources,
  describe: (pid: number) => Pick<ProcessNode, 'command' | 'namespaces'>,
): ProcessNode[] {
  const { tracker } = sources;
  const main = tracker.follower(jobKey(ref))?.main;
  const living = tracker.living(jobKey(ref));
  const nodes = new Map<Process, ProcessNode & { readonly children: ProcessNode[] }>();
  for (const process of living) {
    nodes.set(process, {
      pid: process.pid,
      ...describe(process.pid),
      role: roleOf(process, main, sources),
      session: process.session.id,
      children: [],
    });
  }
  const roots: ProcessNode[] = [];
  for (const [process, node] of nodes) {
    const above = process.creator && nodes.get(process.creator);
    (above?.children ?? roots).push(node);
  }
  return roots;
}

function roleOf(
  process: Process,
  main: Process | undefined,
  { tracker, trackerNow }: StatusSources,
): ProcessNode['role'] {
  if (process === main) return 'main';
  if (process === process.launcher) return 'launcher';
  return tracker.isDetached(process, trackerNow()) ? 'detached' : 'member';
}

function processesOf(
  ref: JobRef,
  main: number | null,
  { tracker, trackerNow }: StatusSources,
): { members: number[]; detached: number[] } {
  const [members, detached]: [number[], number[]] = [[], []];
  const now = trackerNow();
  for (const process of tracker.living(jobKey(ref))) {
    if (process.pid === main) continue;
    (tracker.isDetached(process, now) ? detached : members).push(process.pid);
  }
  return { members, detached };
}

function exitOf(exit: JobView['lastExit'], { timeOf }: StatusSources): ExitReport | null {
  return exit === undefined ? null : exitReport(exit.status, timeOf(exit.at));
}

function exitReport(status: EndStatus, at: Timestamp): ExitReport {
  if (!isKnown(status)) return { unknown: status, at };
  const described = describeStatus(status);
  return 'signal' in described ? { signal: described.signal, at } : { status: described.status, at };
}

function sourceOf(source: EventSource, launcher: number | undefined): SourceName {
  return launcher === undefined ? source.name : (source.sourceOf?.(launcher) ?? source.name);
}
