/** Builds the status of a job, as `status --json` prints it, from the core, the tracker and other parts. */
import type { Exit } from '../core/model.js';
import type { IdleJob } from '../core/status/view.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { describeStatus } from '../../kernel/process/signals.js';
import type { EventSource, SourceName } from '../../tracker/sources/source.js';
import type { Tracker } from '../../tracker/tracker.js';
import type { DecisionReport, ExitReport, JobStatus, Timestamp } from '../api/job-status.js';
import type { JobFile } from '../config/job-files.js';
import type { GroupStatus } from '../cgroup/job-groups.js';
import type { ClassView, JobView } from '../core/core.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { unclearText } from '../core/job/unclear.js';
import { isKnown } from '../core/wait-status.js';
import type { Health } from '../health/judge.js';
import { jobKey } from '../../tracker/job-key.js';
import type { CoreDump } from '../process-events/core-dumps.js';
import type { SelfReport } from '../readiness/notifications.js';
import { type Decision, NO_HISTORY, type JobHistory } from '../core/model.js';

export interface StatusSources {
  readonly tracker: Tracker;
  /** the source that follows the jobs */
  readonly source: EventSource;
  /** the tracker's clock, nanoseconds */
  readonly trackerNow: () => number;
  /** when the supervisor was started */
  readonly startedAt: Timestamp;
  /** converts a time of the core's clock to time of day */
  readonly timeOf: (moment: Milliseconds) => Timestamp;
  /** when the job's schedule starts it next, milliseconds since 1970 */
  readonly nextStart: (name: string) => number | undefined;
  /** the candidates, if main was guessed among several */
  readonly ambiguity: (job: JobRef) => readonly number[] | undefined;
  /** the last process of the job that dumped core, with the tracker's time */
  readonly coreDumpOf: (job: JobRef) => CoreDump | undefined;
  /** the pid of a process's tracer, or 0 */
  readonly tracerOf: (pid: number) => number;
  readonly commOf: (pid: number) => string | undefined;
  /** the result of its health checks */
  readonly healthOf: (job: JobRef) => Health | undefined;
  /** what the job reports about itself (sd_notify(3)) */
  readonly selfReport: (job: JobRef) => SelfReport | undefined;
  /** its control groups, if it has any */
  readonly groupOf: (job: JobRef) => GroupStatus | undefined;
  /** @param inUse the class that the job runs with; undefined if it does not run */
  readonly fileOf: (name: string, inUse: JobClass | undefined) => JobFile | undefined;
  /** whether its file, as it is now, says `manual`; undefined if it has no valid file */
  readonly isManual: (name: string) => boolean | undefined;
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
    ...aboutClass(view, sources),
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
      mains: mains.map(({ pid, since, at, sequel, ...end }) => ({
        pid,
        since: sources.timeOf(since),
        ...exitReport(end, sources.timeOf(at)),
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

/** Returns the status of a job whose file is broken, so that it has no class. */
export function statusOfBroken(name: string, sources: StatusSources): JobStatus {
  return {
    name,
    instance: '',
    goal: 'stop',
    state: 'waiting',
    since: sources.startedAt,
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

/** Returns the status of a job that does not run: it is stopped, but detached processes may be alive. */
export function statusOfClass(view: ClassView, idle: IdleJob, sources: StatusSources): JobStatus {
  const { instance, lastEnd, unclear } = idle;
  const ref = { name: view.name, instance };
  const failure = unclear === undefined ? lastEnd?.failure?.text : unclearText(ref, unclear);
  return {
    ...ref,
    goal: 'stop',
    state: 'waiting',
    since: lastEnd === undefined ? sources.startedAt : sources.timeOf(lastEnd.at),
    main: null,
    launcher: null,
    members: [],
    detached: processesOf(ref, null, sources).detached,
    processes: [],
    tracker: sources.source.name,
    // what has failed has not got there at once
    respawns: lastEnd?.failure === undefined ? 0 : lastEnd.respawns,
    exit: exitOf(lastEnd?.exit, sources),
    ...watchedFields(ref, [], sources),
    ...(view.waitsFor !== undefined && { waitingFor: view.waitsFor }),
    ...(failure !== undefined && { failure }),
    ...(unclear !== undefined && { unclear }),
    ...aboutClass(view, sources),
    ...fileField(sources.fileOf(view.name, undefined)),
    ...historyField(lastEnd?.history, sources),
  };
}

/** Returns the fields that warn an administrator: a process is traced, or one has dumped core. */
function watchedFields(
  ref: JobRef,
  pids: readonly number[],
  { coreDumpOf, tracerOf, commOf, timeOf }: StatusSources,
): Pick<JobStatus, 'traced' | 'coreDump'> {
  const traced = pids.flatMap((pid) => {
    const tracer = tracerOf(pid);
    // with the tracker `ptrace`, foster itself traces what is starting
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
  { class: { name, description, manual }, copies }: Pick<JobView, 'class' | 'copies'>,
  { nextStart, isManual }: StatusSources,
): Pick<JobStatus, 'description' | 'copies' | 'nextStart' | 'manual'> {
  const next = nextStart(name);
  return {
    ...(description !== undefined && { description }),
    ...(copies !== undefined && { copies }),
    ...(next !== undefined && { nextStart: new Date(next).toISOString() }),
    ...((isManual(name) ?? manual) === true && { manual: true as const }),
  };
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
  return exit === undefined ? null : exitReport(exit, timeOf(exit.at));
}

function exitReport({ status, because }: Pick<Exit, 'status' | 'because'>, at: Timestamp): ExitReport {
  const why = because === undefined ? {} : { because };
  if (!isKnown(status)) return { unknown: status, at, ...why };
  const described = describeStatus(status);
  return 'signal' in described
    ? { signal: described.signal, at, ...why }
    : { status: described.status, at, ...why };
}

function sourceOf(source: EventSource, launcher: number | undefined): SourceName {
  return launcher === undefined ? source.name : (source.sourceOf?.(launcher) ?? source.name);
}
