/**
 * The tracker at work: it joins the pure tracker with an event source, with /proc and with the deaths that the
 * supervisor learns of, and keeps the order of evidence (DESIGN section 3): death, drain, decide.
 */
import type { Kernel, WaitStatus } from '../kernel/kernel.js';
import { setLongTimeout, type LongTimer } from '../long-timer.js';
import { ReapedChildren, type ReapedChild } from './deaths.js';
import type { Nanoseconds } from './events.js';
import type { PidFileTarget } from './follower/evidence.js';
import { earliestForkTime, descendsFrom, hasUnknownChildren, procEvidence } from './live/evidence.js';
import { ProcessHandles } from './live/handles.js';
import { Phases } from './live/phase.js';
import { SourceReader, type TrackingCounts, type TrackingListeners } from './live/reader.js';
import { Recovery } from './live/recovery.js';
import type { Process } from './model.js';
import { Marker } from './scan/mark.js';
import { SettleWatch } from './sources/settling.js';
import type { EventSource } from './sources/source.js';
import { Tracker, type TrackerOutput } from './tracker.js';

interface Started {
  readonly pid: number;
}

/** A launcher that has been started. */
export interface Launch<T extends Started> {
  readonly launched: T;
  readonly complete: () => void;
}

/** How often a source is drained anew because the exit event of a process that is dead had not come yet. */
const DRAINS_FOR_EVIDENCE = 3;

export class Tracking {
  readonly tracker: Tracker;
  readonly handles: ProcessHandles;
  readonly recovery: Recovery;
  readonly #reader: SourceReader;
  readonly #marker: Marker;
  readonly #settling: SettleWatch;
  readonly #deaths = new ReapedChildren();
  /** when deaths that wait in a storm are dealt with */
  #deathsTimer: NodeJS.Timeout | undefined;
  /** when something is due to be decided though nothing happens */
  #timer: LongTimer | undefined;
  #timerAt: Nanoseconds | undefined;
  #namedBy: (job: string, main: Process) => PidFileTarget | undefined = () => undefined;
  readonly #phases = new Phases();

  /**
   * @param deliver takes verdicts and events, in order, after everything that was known has been decided
   */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes' | 'now'>,
    readonly source: EventSource,
    private readonly deliver: (outputs: readonly TrackerOutput[]) => void,
    self: number = process.pid,
  ) {
    const evidence = procEvidence(kernel);
    this.tracker = new Tracker(self, {
      ...evidence,
      namedByPidFile: ({ main }) => {
        const job = this.tracker.jobOf(main);
        return job === undefined ? undefined : this.#namedBy(job, main);
      },
      hasNewChildren: (launcher) => this.#hasNewChildren(launcher),
    });
    this.handles = new ProcessHandles(kernel, this.tracker, (process) => evidence.isAlive(process));
    this.#marker = new Marker(kernel);
    this.#settling = new SettleWatch(this.tracker, source);
    const { tracker, handles } = this;
    const phases = this.#phases;
    const decide = (): void => this.#decide();
    this.#reader = new SourceReader({ kernel, source, tracker, phases, decide });
    const resync = (): void => this.#reader.resync();
    const watch = (pid: number): void => this.#watch(pid);
    this.recovery = new Recovery({ kernel, tracker, handles, phases, resync, decide, watch });
  }

  /** Begins to listen. */
  start(listeners: TrackingListeners = {}): void {
    this.#reader.start(listeners);
  }

  /**
   * Starts a launcher of this job, marks it, and follows it.
   * @param start starts it, given when it is born at the earliest; what it throws is passed on
   * @param argv with what it was started
   */
  launch<T extends Started>(job: string, start: (born: Nanoseconds) => T, argv: () => readonly string[]): T {
    // before, since on a busy machine the launcher may have forked by the time that the supervisor runs again
    const born = this.kernel.now();
    const launched = this.#marker.spawn(this.tracker.marks.ofJob(job), () => start(born));
    const since = earliestForkTime(born, launched.pid, this.kernel);
    this.tracker.launch(job, launched.pid, since, this.kernel.now(), argv());
    this.source.follow(launched.pid);
    this.#deliver();
    return launched;
  }

  /** Starts a hook of this job: it and what it leaves behind bear a mark of their own, and are no processes of the job. */
  launchHook<T extends Started>(job: string, hook: string, start: () => T): T {
    const launched = this.#marker.spawn(this.tracker.marks.ofHook(job, hook), start);
    this.tracker.startedOther(launched.pid);
    return launched;
  }

  /**
   * Children have been reaped: takes in what the kernel has queued, then decides.
   * @param mayWait whether nobody waits for any but mains: in a storm the others are then dealt with together, a little later
   */
  ended(deaths: readonly ReapedChild[], mayWait = false): void {
    const began = this.kernel.now();
    this.#deaths.note(deaths, began);
    const pause = this.#deaths.delay(began);
    if (mayWait && pause > 0 && !this.#isUrgent(deaths)) {
      this.#deathsTimer ??= setTimeout(() => this.#dealWithDeaths(), pause / 1e6);
      return;
    }
    this.#dealWithDeaths();
  }

  /** Whether it is certain that no process of the job lives. To be asked when a verdict is delivered. */
  isEmpty(job: string): boolean {
    // the other sources read several rings, or look at /proc: what they have not seen is looked for
    return this.source.capabilities.isOrdered && this.tracker.isEmpty(job);
  }

  /** @param named reads the PID file of a job whose main has ended */
  setPidFileReader(named: (job: string, main: Process) => PidFileTarget | undefined): void {
    this.#namedBy = named;
  }

  /** See Tracker.endAsked. Who is a member is to be known by then. */
  endRequested(job: string): void {
    this.#reader.drain();
    this.tracker.endRequested(job, this.kernel.now());
  }

  /** Takes in what the kernel has queued, so that members and main are what they are now. */
  refresh(): void {
    this.#reader.drain();
    this.#decide();
  }

  /** See Tracker.appoint. What the kernel has queued is taken in first: the process may have been born just now. */
  setMain(job: string, pid: number, says: 'word' | 'hint', reason: string): boolean {
    this.#reader.drain();
    const isOwn = this.tracker.setMain(job, pid, says, reason, this.kernel.now());
    this.#decide();
    return isOwn;
  }

  /** The job of a process that lives or has lately ended, from events or, where they cannot tell, from /proc. */
  jobOfPid(pid: number): string | undefined {
    this.#reader.drain();
    const { lineage, self } = this.tracker;
    if (lineage.get(pid) === undefined && descendsFrom(self, pid, this.kernel)) this.#reader.resync();
    const process = lineage.get(pid);
    const job = process && this.tracker.jobOf(process);
    this.#decide();
    return job;
  }

  /** What has come from the source so far. */
  get counts(): TrackingCounts {
    return this.#reader.counts;
  }

  stop(): void {
    this.#timer?.dispose();
    clearTimeout(this.#deathsTimer);
    this.handles.close();
    this.#settling.stop();
    this.source.stop();
  }

  #dealWithDeaths(): void {
    const began = this.kernel.now();
    const { current } = this.#phases;
    if (!(current.kind === 'reaping' && current.isDrained)) this.#reader.drain();
    this.#decide();
    this.#deaths.recordDuration(began, this.kernel.now());
  }

  /** A main has ended, or it is not clear yet who is main after its end. */
  #isUrgent(deaths: readonly ReapedChild[]): boolean {
    return deaths.some(({ pid }) => this.tracker.isMain(pid)) || this.tracker.awaitsEvidence;
  }

  #decide(): void {
    this.#reportDeaths();
    let isMissing = this.#ask();
    for (let left = DRAINS_FOR_EVIDENCE; left > 0 && this.tracker.awaitsEvidence; left--) {
      if (isMissing) this.#reader.resync();
      else this.#reader.drain();
      isMissing = this.#ask();
    }
    this.#setTimer();
    this.#deliver();
  }

  /** Has the followers decide. @returns whether there are processes that no event told of */
  #ask(): boolean {
    return this.#phases.during({ kind: 'decide' }, () => {
      this.tracker.decide(this.kernel.now());
      const { current } = this.#phases;
      return current.kind === 'deciding' && current.isMissing;
    });
  }

  /** The source has been read since these deaths were learned of, so that what they had forked is known. */
  #reportDeaths(): void {
    clearTimeout(this.#deathsTimer);
    this.#deathsTimer = undefined;
    for (const { pid, status, at } of this.#deaths.take()) {
      // one that was launched since has the number of a process that waited here
      if ((this.tracker.lineage.get(pid)?.born ?? 0) <= at) this.tracker.reaped(pid, status, at);
    }
  }

  #hasNewChildren(launcher: Process): boolean {
    const { mayMissForks } = this.source.capabilities;
    const isMissing = mayMissForks && hasUnknownChildren(launcher, this.tracker, this.kernel);
    if (isMissing) this.#phases.note({ kind: 'missing' });
    return isMissing;
  }

  /** Has the end of a main reported that may not be our child. */
  #watch(pid: number): void {
    this.handles.watch(pid, (status) => this.#strangerEnded(pid, status));
  }

  /** The status may be known from the exit event that is queued; without it, the end counts as one without failure. */
  #strangerEnded(pid: number, status: WaitStatus | undefined): void {
    this.#reader.drain();
    if (status !== undefined) this.tracker.reaped(pid, status, this.kernel.now());
    else this.#reader.observe([{ type: 'exit', time: this.kernel.now(), pid }]);
    this.#decide();
  }

  #deliver(): void {
    const outputs = this.tracker.take();
    this.#settling.note(outputs);
    if (outputs.length === 0) return;
    this.deliver(outputs);
    for (const output of outputs) {
      // a new main is our child by now, unless it has a subreaper of its own, or its launcher was not
      if (output.kind !== 'verdict' || output.verdict.verdict !== 'hand-off') continue;
      const { to, attached } = output.verdict;
      this.#watch(to);
      if (attached === true) this.#followAttached(to);
    }
  }

  /** Begins to follow a process that somebody else has started, as one of a job taken back is followed. */
  #followAttached(pid: number): void {
    if (this.source.capabilities.seesMachine) this.source.follow(pid);
    // what it has forked before is found in /proc
    this.#reader.resync();
  }

  #setTimer(): void {
    const due = this.tracker.deadline();
    if (due === this.#timerAt) return;
    this.#timer?.dispose();
    this.#timerAt = due;
    if (due === undefined) return;
    const look = (): void => {
      this.#timerAt = undefined;
      // where something kept the event loop, a status that has been waited for may be there, and SIGCHLD is handled after timers
      this.#reader.reap(this.tracker.endedWithoutStatus());
      this.refresh();
    };
    this.#timer = setLongTimeout(look, (due - this.kernel.now()) / 1e6);
  }
}
