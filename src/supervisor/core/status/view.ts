/** Read access to jobs and classes, for status. */
import { isCopy, type Copies, copiesOf, copyNames } from '../copies.js';
import type { JobClass, ProcessName } from '../../../jobfile/job-class/job-class.js';
import type { ClassEntry, Exit, Job, JobHistory, LastEnd } from '../model.js';
import type { CommandOutcome, Goal, JobRef, Milliseconds, State } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { jobKey } from '../../../tracker/job-key.js';
import { unclearPids } from '../job/unclear.js';
import { lookUp, refuse } from '../lookup.js';
import { latchedWait, waitOf } from './waits.js';

export interface JobView {
  readonly kind: 'job';
  readonly ref: JobRef;
  readonly class: JobClass;
  /** of its class */
  readonly copies: Copies | undefined;
  readonly goal: Goal;
  readonly state: State;
  /** when the present state began */
  readonly since: Milliseconds;
  /** living processes in Upstart's order of display, main first */
  readonly processes: readonly {
    readonly process: ProcessName;
    readonly pid: number;
    readonly since: Milliseconds;
  }[];
  /** the process that was spawned for main; it may be main, or have ended */
  readonly launcher: number | undefined;
  /** main is final (DESIGN section 4) */
  readonly settled: boolean;
  readonly respawns: number;
  readonly lastExit: Exit | undefined;
  /** why the present run has failed */
  readonly failure: string | undefined;
  /** processes that may belong to the job; after a crash nothing proves it */
  readonly unclear: readonly number[] | undefined;
  readonly waitsFor: string | undefined;
  /** when the next start is due, in backoff */
  readonly respawnAt: Milliseconds | undefined;
  readonly history: JobHistory;
}

/** A class; if it has no job, this is all there is to show. */
export interface ClassView {
  readonly kind: 'class';
  readonly name: string;
  /** the class of the next job */
  readonly class: JobClass;
  /** its file is gone or broken, and it exists only for its jobs */
  readonly deleted: boolean;
  /** how the last job that is gone ended */
  readonly lastEnd: ClassEntry['lastEnd'];
  /** jobs that could exist and do not: copies that do not run or, without any job, the unnamed one */
  readonly idle: readonly IdleJob[];
  readonly copies: Copies | undefined;
  readonly instances: readonly string[];
  /** what its `start on` still waits for, if a part of it is true */
  readonly waitsFor: string | undefined;
}

/** A job that is stopped. */
export interface IdleJob {
  readonly instance: string;
  readonly lastEnd: LastEnd | undefined;
  /** processes that may belong to it; after a crash nothing proves it */
  readonly unclear: readonly number[] | undefined;
}

const DISPLAY_ORDER: readonly ProcessName[] = [
  'main',
  'pre-start',
  'post-start',
  'pre-stop',
  'post-stop',
  'security',
];

export function jobViews(core: CoreState, now: Milliseconds): readonly JobView[] {
  return [...core.jobs.values()].map((job) => viewOf(core, job, now));
}

export function jobView(core: CoreState, ref: JobRef, now: Milliseconds): JobView | undefined {
  const job = core.jobs.get(jobKey(ref));
  return job && viewOf(core, job, now);
}

export function classViews(core: CoreState): readonly ClassView[] {
  return [...core.classes.all()].map((entry) => classView(core, entry));
}

export function namedClass(core: CoreState, name: string): ClassView | undefined {
  const entry = core.classes.get(name);
  return entry && classView(core, entry);
}

/** Finds the job of a status. Without variables, a class without a job is no error: it is stopped. */
export function findJob(
  core: CoreState,
  name: string,
  env: readonly string[],
  now: Milliseconds,
  instance?: string,
): JobView | ClassView | Extract<CommandOutcome, { ok: false }> {
  const found = lookUp(core, { name, env, instance });
  if (!found.ok) return found;
  const job = found.entry.jobs.get(found.instance);
  if (job !== undefined) return viewOf(core, job, now);
  const isUnnamed = env.length === 0 && instance === undefined;
  return isUnnamed || isCopy(core.options, found.entry, found.instance)
    ? classView(core, found.entry)
    : refuse('unknown-instance', `Unknown instance: ${found.instance}`);
}

function viewOf(core: CoreState, job: Job, now: Milliseconds): JobView {
  return {
    kind: 'job',
    ref: job.ref,
    class: job.class,
    copies: copiesOf(core.options, job.entry),
    goal: job.goal,
    state: job.state,
    since: job.since,
    processes: DISPLAY_ORDER.flatMap((process) => {
      const running = job.processes.get(process);
      return running === undefined ? [] : [{ process, ...running }];
    }),
    launcher: job.run.launcher?.pid,
    settled: job.run.settled,
    respawns: job.respawns.total,
    lastExit: job.lastExit,
    failure: job.failure?.text,
    unclear: unclearPids(core, job.ref),
    waitsFor: waitOf(core, job, now) ?? latchedWait(job.stopOn, 'stop'),
    history: job.history,
    respawnAt: core.timers.dueAt(job, 'respawn'),
  };
}

function classView(core: CoreState, entry: ClassEntry): ClassView {
  return {
    kind: 'class',
    name: entry.name,
    class: entry.active,
    deleted: entry.disk === undefined,
    lastEnd: entry.lastEnd,
    idle: idleJobs(core, entry),
    copies: copiesOf(core.options, entry),
    instances: [...entry.jobs.keys()],
    waitsFor: latchedWait(entry.startOn?.matches[0], 'start'),
  };
}

function idleJobs(core: CoreState, entry: ClassEntry): readonly IdleJob[] {
  const copies = copiesOf(core.options, entry);
  const names = (copies === undefined ? [] : copyNames(copies)).filter((name) => !entry.jobs.has(name));
  const idle = (instance: string, lastEnd: LastEnd | undefined): IdleJob => ({
    instance,
    lastEnd,
    unclear: unclearPids(core, { name: entry.name, instance }),
  });
  if (names.length > 0) return names.map((name) => idle(name, entry.copyEnds.get(name)));
  return entry.jobs.size > 0 ? [] : [idle('', entry.lastEnd)];
}
