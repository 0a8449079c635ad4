/**
 * Carries out the effect `spawn`: starts main or a hook, or reattaches a process that the previous supervisor started
 * just before it crashed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { Nanoseconds } from '../../tracker/events.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { CoreInput, JobRef } from '../core/contract.js';
import { readinessRule } from '../core/job/readiness.js';
import type { EndStatus } from '../core/wait-status.js';
import type { EffectOf } from '../engine/part.js';
import type { ReportLane } from '../engine/report-lane.js';
import { describeArguments } from '../launch/command.js';
import { LaunchError } from '../launch/launch-error.js';
import type { Launched, Launcher } from '../launch/launcher.js';
import type { Report } from '../log/log.js';
import type { JobOutputs } from '../output/job-outputs.js';
import type { Readiness } from '../readiness/readiness.js';
import type { SavedLaunch } from '../state/launch-search.js';
import type { LaunchNote, Launches } from '../state/launches.js';
import type { ProcessRoles } from './process-roles.js';

export interface ProcessStarterOptions {
  readonly launcher: Pick<Launcher, 'ready' | 'gates'>;
  readonly launches: Pick<Launches, 'announce' | 'claim' | 'endOfHook'>;
  readonly submit: (input: CoreInput) => void;
  readonly report: Report;
  readonly lane: Pick<ReportLane, 'add'>;
  readonly readiness: Pick<Readiness, 'prepare' | 'started'>;
  readonly outputs: Pick<JobOutputs, 'mainStarted'>;
}

/** How the starter reaches what else is known of the processes of jobs. */
interface ProcessTable {
  readonly roles: ProcessRoles;
  /** whether the core is just now acting on the end of a process of this job */
  readonly followsEnd: (job: JobRef) => boolean;
  readonly reattach: (pid: number, job: JobRef, process: ProcessName, hasEnded?: EndStatus) => void;
}

type Spawn = EffectOf<'spawn'>;

/** A started process, and its entry in the record of launches, which does not have its pid yet. */
interface Recorded extends Launched {
  readonly note: LaunchNote;
}

export class ProcessStarter {
  constructor(
    private readonly options: ProcessStarterOptions,
    private readonly table: ProcessTable,
    private readonly tracking: Tracking,
  ) {}

  /**
   * Starts a process. The core gets its answer immediately or, if the process goes through a gate, once it has
   * passed it.
   */
  spawn(effect: Spawn): void {
    const { job, process } = effect;
    const { launches, submit, report } = this.options;
    const former = launches.claim(job, process);
    if (former !== undefined) return this.#reattach(effect, former);
    try {
      if (process === 'main') this.#startMain(effect);
      else this.#startHook(effect);
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      reportHint(report, job, error);
      submit({ kind: 'spawn-failed', job, process, ...failureOf(error) });
    }
  }

  #startMain(effect: Spawn): void {
    const { job } = effect;
    const { readiness, outputs, lane } = this.options;
    readiness.prepare(effect);
    const launched = this.tracking.launch(
      jobKey(job),
      (born) => this.#start(effect, born),
      () => describeArguments(effect),
    );
    outputs.mainStarted(job, launched.pid, lane);
    // until it is recorded, its mark says whose it is: the record may wait until the program is up
    if (launched.gated) launched.note.started(launched.pid);
    else lane.add(() => launched.note.started(launched.pid));
    this.#expectHandOff(effect);
    readiness.started(job, launched.pid);
    this.#started(effect, launched);
  }

  #startHook(effect: Spawn): void {
    const start = (): Recorded => this.#start(effect);
    const launched = this.tracking.launchHook(jobKey(effect.job), effect.process, start);
    launched.note.started(launched.pid);
    this.#started(effect, launched);
  }

  #start(effect: Spawn, born?: Nanoseconds): Recorded {
    const { job, process } = effect;
    const { launcher, launches } = this.options;
    const { gated, start } = launcher.ready(effect);
    const note = launches.announce(job, process, this.table.followsEnd(job), { gated, born });
    return { pid: start(), gated, note };
  }

  #started({ job, process }: Spawn, { pid, gated, note }: Recorded): void {
    this.table.roles.set(pid, { job, process });
    if (gated) this.options.launcher.gates.beforePassing(pid, () => note.passing(pid));
    else this.options.submit({ kind: 'spawned', job, process, pid });
  }

  /**
   * Reattaches a process that the previous supervisor started just before it crashed, and that its core did not
   * know.
   */
  #reattach(effect: Spawn, former: SavedLaunch): void {
    const { job, process } = effect;
    const { pid, launcher, isAlive } = former;
    const handedOff = launcher !== undefined && this.#hasHandedOff(effect, former);
    this.options.submit({ kind: 'spawned', job, process, pid, handedOff });
    if (launcher === undefined) {
      const hasEnded = isAlive ? undefined : this.options.launches.endOfHook(job, process);
      return this.table.reattach(pid, job, process, hasEnded);
    }
    this.table.roles.set(pid, { job, process });
    this.tracking.recovery.relaunch(launcher, handedOff);
    this.#expectHandOff(effect);
  }

  /**
   * Tests whether the process is a successor of the launcher. If the record leaves it open, a program that was
   * expected to daemonise, and now has other arguments, has done so.
   */
  #hasHandedOff(effect: Spawn, { pid, isStarted }: SavedLaunch): boolean {
    if (isStarted !== 'perhaps' || readinessRule(effect.class) !== 'hand-off') return isStarted === 'no';
    return !isDeepStrictEqual(this.tracking.handles.argumentsOf(pid), describeArguments(effect));
  }

  #expectHandOff({ job, class: jobClass }: Spawn): void {
    if (readinessRule(jobClass) === 'hand-off') this.tracking.tracker.expectHandOff(jobKey(job));
    if (jobClass.handOff !== 'any') this.tracking.tracker.limitHandOff(jobKey(job), jobClass.handOff);
  }
}

/** Logs the cause of a failed spawn. Upstart's own sentence about it, which the core logs, does not name it. */
export function reportHint(report: Report, job: JobRef, { hint }: LaunchError): void {
  report('warn', `${jobLabel(job)}: ${hint}`);
}

/** Returns the fields of the core's input `spawn-failed`. */
export function failureOf({
  reason,
  hint,
  transient,
}: LaunchError): Pick<LaunchError, 'reason' | 'hint' | 'transient'> {
  return { reason, hint, transient };
}
