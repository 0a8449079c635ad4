/**
 * The processes that foster started for jobs: who is what, from the spawn to the reaping. It stands between the launcher,
 * the tracker and the core: what happens to a process becomes the core's input.
 */
import { constants } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { describeArguments } from '../launch/describe-arguments.js';
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { ProcessCalls } from '../../kernel/kernel.js';
import { signalNumber } from '../../kernel/process/signals.js';
import type { Death } from '../../tracker/deaths.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { TrackerOutput } from '../../tracker/tracker.js';
import type { Verdict } from '../../tracker/verdict.js';
import type { CoreEffect, CoreInput, JobRef } from '../core/contract.js';
import { readinessRule } from '../core/job/readiness.js';
import type { EndStatus } from '../core/wait-status.js';
import type { Nanoseconds } from '../../tracker/events.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import { LaunchError } from '../launch/launch-error.js';
import type { Launched, Launcher } from '../launch/launcher.js';
import type { JobOutputs, MainEnd } from '../output/job-outputs.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import type { Readiness } from '../readiness/readiness.js';
import type { ReportLane } from '../engine/report-lane.js';
import type { LaunchNote, Launches, SavedLaunch } from '../state/launches.js';
import type { UnclearProcesses } from './unclear-processes.js';

interface Role {
  readonly job: JobRef;
  readonly process: ProcessName;
}

export interface JobProcessesOptions {
  readonly launcher: Launcher;
  readonly launches: Pick<Launches, 'before' | 'claim' | 'endOfHook' | 'endUnclaimed'>;
  readonly processes: Pick<ProcessCalls, 'killGroup'>;
  readonly submit: (input: CoreInput) => void;
  readonly report: Report;
  readonly lane: Pick<ReportLane, 'add' | 'putOff'>;
  readonly readiness: Pick<Readiness, 'prepare' | 'started'>;
  readonly outputs: Pick<JobOutputs, 'runStarted' | 'processEnded'>;
  readonly unclear: Pick<UnclearProcesses, 'note'>;
  /** is given what the tracker concluded and saw, in order */
  readonly news: { readonly take: (output: TrackerOutput) => void };
}

/** A process that has been started, and of which the record says only that it is about to be. */
interface Recorded extends Launched {
  readonly note: LaunchNote;
}

type Effect<Kind extends CoreEffect['kind']> = Extract<CoreEffect, { kind: Kind }>;

export class JobProcesses implements Part {
  /** everything that foster spawned and has not reaped; main's entry moves at a hand-off */
  readonly #roles = new Map<number, Role>();
  /** launchers that ended before their program began: a failed spawn, not a death of main */
  readonly #neverBegan = new Map<string, LaunchError>();
  /** key of the job of which an end is being submitted */
  #endOf: string | undefined;

  constructor(
    private readonly options: JobProcessesOptions,
    private readonly tracking: Tracking,
  ) {}

  readonly effects = {
    spawn: { act: (effect) => this.#spawn(effect) },
    signal: { act: (effect) => this.#signal(effect) },
    // from now on no end of main is a hand-off
    'expect-end': { act: ({ job }) => this.tracking.endAsked(jobKey(job)) },
    continue: { act: (effect) => this.#continue(effect) },
  } satisfies Effects<'spawn' | 'signal' | 'expect-end' | 'continue'>;

  /** Ends what a former supervisor has started and no job has claimed. */
  start(): void {
    this.options.launches.endUnclaimed((pid) => this.has(pid), this.tracking);
  }

  /** The answer is submitted at once, or when the process has passed its gate. */
  #spawn(effect: Effect<'spawn'>): void {
    const { job, process } = effect;
    const { launches, submit } = this.options;
    const former = launches.claim(job, process);
    if (former !== undefined) return this.#reattach(effect, former);
    try {
      if (process === 'main') this.#startMain(effect);
      else this.#startHook(effect);
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      this.#hint(job, error);
      submit({ kind: 'spawn-failed', job, process, ...why(error) });
    }
  }

  /** A process that is gone already is learned of as a death, not here. */
  #signal({ pid, signal, whole }: Effect<'signal'>): void {
    const number = signalNumber(signal);
    // a job file may name a number that Linux lacks, or 0, by which kill(2) sends nothing: Upstart takes them, too
    if (number === undefined) return;
    this.tracking.handles.signal(pid, number, whole);
  }

  #continue({ job, process }: Effect<'continue'>): void {
    const pid = this.#pidOf(job, process);
    if (pid !== undefined) this.tracking.handles.signal(pid, constants.signals.SIGCONT, 'process');
  }

  /** A child has stopped: at its gate, or by itself. */
  stopped(pid: number, signal: number): void {
    const role = this.#roles.get(pid);
    if (role === undefined) return;
    const { gates } = this.options.launcher;
    if (!gates.has(pid)) {
      if (signal === constants.signals.SIGSTOP) this.options.submit({ kind: 'process-stopped', ...role });
      return;
    }
    try {
      gates.open(pid);
      this.options.submit({ kind: 'spawned', ...role, pid });
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      this.#failAtGate(pid, role, error);
    }
  }

  /**
   * Children have been reaped.
   * @param mayWait as in `Tracking.ended`
   */
  ended(deaths: readonly Death[], mayWait = false): void {
    for (const { pid } of deaths) {
      const role = this.#roles.get(pid);
      const unopened = role && this.options.launcher.gates.ended(pid);
      if (unopened !== undefined) this.#failAtGate(pid, role!, unopened);
    }
    this.tracking.ended(deaths, mayWait);
    for (const { pid, status } of deaths) {
      const role = this.#roles.get(pid);
      if (role === undefined) continue;
      this.#roles.delete(pid);
      // main's end is the follower's to decide
      if (role.process === 'main') continue;
      this.#submitEnd({ kind: 'process-ended', ...role, status });
    }
  }

  /** Takes in what the tracker says. */
  tracked(outputs: readonly TrackerOutput[]): void {
    const { news } = this.options;
    for (const output of outputs) {
      // a death is told before what follows from it, the next start
      const isEnd = output.kind === 'verdict' && isEndOfMain(output.verdict);
      if (isEnd) news.take(output);
      if (output.kind === 'verdict') this.#conclude(output.verdict);
      else if (output.event.type === 'exec') this.#programBegan(output.event.pid);
      if (!isEnd) news.take(output);
    }
  }

  /** Whether this is a process that foster started for a job, or that has taken its place. */
  has(pid: number): boolean {
    return this.#roles.has(pid);
  }

  #pidOf(job: JobRef, process: ProcessName): number | undefined {
    for (const [pid, role] of this.#roles) {
      if (role.process === process && role.job.name === job.name && role.job.instance === job.instance)
        return pid;
    }
    return undefined;
  }

  /**
   * Takes a process back that a former supervisor started. Its end is learned of even if it is not our child.
   * @param hasEnded a hook that lives no more: how it ended
   */
  reattach(pid: number, job: JobRef, process: ProcessName, hasEnded?: EndStatus): void {
    this.#roles.set(pid, { job, process });
    if (process === 'main') return;
    const ended = (status: EndStatus): void => {
      if (this.#roles.delete(pid)) this.#submitEnd({ kind: 'process-ended', job, process, status });
    };
    if (hasEnded !== undefined) return ended(hasEnded);
    this.tracking.tracker.startedOther(pid);
    this.tracking.handles.watch(pid, (status) => {
      this.tracking.tracker.startedOther(pid, false);
      ended(status ?? 'not-reported');
    });
  }

  /**
   * Starts main. When it follows from the end of the former one, nobody waits for anything but the program itself: what
   * there is to do about the start is done while it is up (ReportLane.putOff).
   */
  #startMain(effect: Effect<'spawn'>): void {
    const { job } = effect;
    const { readiness, outputs, lane } = this.options;
    readiness.prepare(effect);
    const { launched, complete } = this.tracking.beginLaunch(
      jobKey(job),
      (born) => this.#start(effect, born),
      () => describeArguments(effect),
    );
    const finish = (): void => {
      launched.note.started(launched.pid);
      complete();
      this.#expectHandOff(effect);
      lane.add(() => outputs.runStarted(job, launched.pid));
      readiness.started(job, launched.pid);
      this.#started(effect, launched);
    };
    if (this.#followsEnd(job) && !launched.gated) lane.putOff(finish);
    else finish();
  }

  #startHook(effect: Effect<'spawn'>): void {
    const start = (): Recorded => this.#start(effect);
    const launched = this.tracking.launchHook(jobKey(effect.job), effect.process, start);
    launched.note.started(launched.pid);
    this.#started(effect, launched);
  }

  #start(effect: Effect<'spawn'>, born?: Nanoseconds): Recorded {
    const { job, process } = effect;
    const { launcher, launches } = this.options;
    const { gated, start } = launcher.ready(effect);
    const note = launches.before(job, process, this.#followsEnd(job), { gated, born });
    return { pid: start(), gated, note };
  }

  #started({ job, process }: Effect<'spawn'>, { pid, gated, note }: Recorded): void {
    this.#roles.set(pid, { job, process });
    if (gated) this.options.launcher.gates.beforePassing(pid, () => note.passing(pid));
    else this.options.submit({ kind: 'spawned', job, process, pid });
  }

  /** Whether what is done now follows from the end of a process of this job. */
  #followsEnd(job: JobRef): boolean {
    return jobKey(job) === this.#endOf;
  }

  #programBegan(pid: number): void {
    const role = this.#roles.get(pid);
    if (role?.process === 'main') this.options.submit({ kind: 'program-began', job: role.job, pid });
  }

  #conclude(verdict: Verdict): void {
    const job = jobOfKey(verdict.job);
    const { submit } = this.options;
    switch (verdict.verdict) {
      case 'hand-off':
        this.#roles.delete(verdict.pid);
        this.#roles.set(verdict.to, { job, process: 'main' });
        submit({ kind: 'main-changed', job, from: verdict.pid, pid: verdict.to });
        return;
      case 'died':
      case 'ended': {
        this.#roles.delete(verdict.pid);
        const failed = this.#neverBegan.get(verdict.job);
        this.#neverBegan.delete(verdict.job);
        if ('unclear' in verdict) this.options.unclear.note(job, verdict.unclear ?? []);
        if (failed === undefined) {
          const status = endStatusOf(verdict);
          const wasLast = !('unclear' in verdict) && this.tracking.isEmpty(verdict.job);
          this.#submitEnd(
            { kind: 'process-ended', job, process: 'main', status, wasLast },
            { status: verdict.status },
          );
        } else this.#submitEnd({ kind: 'spawn-failed', job, process: 'main', ...why(failed) });
        return;
      }
      case 'main':
      case 'ambiguous':
      case 'detached':
        return;
    }
  }

  /** @param main present if it is main that has ended */
  #submitEnd(input: Extract<CoreInput, { kind: 'process-ended' | 'spawn-failed' }>, main?: MainEnd): void {
    const { outputs, lane } = this.options;
    // what it wrote comes before its end
    outputs.processEnded(input.job, main, lane);
    this.#endOf = jobKey(input.job);
    try {
      this.options.submit(input);
    } finally {
      this.#endOf = undefined;
    }
  }

  /** A former supervisor has started it, and could not tell the core any more. */
  #reattach(effect: Effect<'spawn'>, former: SavedLaunch): void {
    const { job, process } = effect;
    const { pid, launcher, isThere } = former;
    const handedOff = launcher !== undefined && this.#hasHandedOff(effect, former);
    this.options.submit({ kind: 'spawned', job, process, pid, handedOff });
    if (launcher === undefined) {
      const hasEnded = isThere ? undefined : this.options.launches.endOfHook(job, process);
      return this.reattach(pid, job, process, hasEnded);
    }
    this.#roles.set(pid, { job, process });
    this.tracking.recovery.relaunch(launcher, handedOff);
    this.#expectHandOff(effect);
  }

  /** Whether it is what the launcher has left. A program that promises to daemonise and runs as another has done so. */
  #hasHandedOff(effect: Effect<'spawn'>, { pid, isStarted }: SavedLaunch): boolean {
    if (isStarted !== 'perhaps' || readinessRule(effect.class) !== 'hand-off') return isStarted === 'no';
    return !isDeepStrictEqual(this.tracking.handles.argumentsOf(pid), describeArguments(effect));
  }

  #expectHandOff({ job, class: jobClass }: Effect<'spawn'>): void {
    if (readinessRule(jobClass) === 'hand-off') this.tracking.tracker.expectHandOff(jobKey(job));
    if (jobClass.handOff !== undefined) this.tracking.tracker.limitHandOff(jobKey(job), jobClass.handOff);
  }

  /** What foster adds to Upstart's sentence about a failed spawn. */
  #hint(job: JobRef, { hint }: LaunchError): void {
    this.options.report('warn', `${jobLabel(job)}: ${hint}`);
  }

  #failAtGate(pid: number, role: Role, error: LaunchError): void {
    this.#hint(role.job, error);
    // main's failure is told when the tracker has done with the launcher, a hook's at once
    if (role.process === 'main') this.#neverBegan.set(jobKey(role.job), error);
    else {
      this.#roles.delete(pid);
      this.options.submit({ kind: 'spawn-failed', ...role, ...why(error) });
    }
  }
}

function why({ reason, hint, transient }: LaunchError): Pick<LaunchError, 'reason' | 'hint' | 'transient'> {
  return { reason, hint, transient };
}

function endStatusOf({ status, unseen }: Extract<Verdict, { verdict: 'died' | 'ended' }>): EndStatus {
  return status ?? (unseen === true ? 'ended-while-down' : 'not-reported');
}

function isEndOfMain({ verdict }: Verdict): boolean {
  return verdict === 'died' || verdict === 'ended';
}
