/**
 * Runs the tracker: connects the pure tracker to an event source, to /proc and to the exits that the
 * supervisor learns of, and keeps the order of evidence (DESIGN section 3): exit, drain, decide.
 */
import type { Kernel, WaitStatus } from '../kernel/kernel.js';
import { setLongTimeout, type LongTimer } from '../long-timer.js';
import { ReapedChildren, type ReapedChild } from './reaped-children.js';
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

/** How often a source is drained again because the exit event of a dead process has not arrived yet. */
const DRAINS_FOR_EVIDENCE = 3;

export class Tracking {
  readonly tracker: Tracker;
  readonly handles: ProcessHandles;
  readonly recovery: Recovery;
  readonly #reader: SourceReader;
  readonly #marker: Marker;
  readonly #settling: SettleWatch;
  readonly #deaths = new ReapedChildren();
  /** fires when exits that wait in a storm are processed */
  #deathsTimer: NodeJS.Timeout | undefined;
  /** fires when a decision is due even if no event arrives */
  #timer: LongTimer | undefined;
  #timerAt: Nanoseconds | undefined;
  #namedBy: (job: string, main: Process) => PidFileTarget | undefined = () => undefined;
  readonly #phases = new Phases();

  /** @param deliver receives verdicts and events, in order, after all decisions have been made */
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

  /** Starts reading the source. */
  start(listeners: TrackingListeners = {}): void {
    this.#reader.start(listeners);
  }

  /**
   * Starts a launcher of this job, marks it, and follows it.
   * @param start spawns it, given its earliest possible time of birth; exceptions are passed on
   * @param argv returns its command line
   */
  launch<T extends Started>(job: string, start: (born: Nanoseconds) => T, argv: () => readonly string[]): T {
    // taken before the start: on a busy machine the launcher may have forked before the supervisor runs again
    const born = this.kernel.now();
    const launched = this.#marker.spawn(this.tracker.marks.ofJob(job), () => start(born));
    const since = earliestForkTime(born, launched.pid, this.kernel);
    this.tracker.launch(job, launched.pid, since, this.kernel.now(), argv());
    this.source.follow(launched.pid);
    this.#deliver();
    return launched;
  }

  /**
   * Starts a hook of this job. The hook and its descendants bear a mark of their own, and do not belong to
   * the job's processes.
   */
  launchHook<T extends Started>(job: string, hook: string, start: () => T): T {
    const launched = this.#marker.spawn(this.tracker.marks.ofHook(job, hook), start);
    this.tracker.startedOther(launched.pid);
    return launched;
  }

  /**
   * Processes exits of reaped children: drains the source, then decides.
   * @param mayWait whether exits of non-main processes may be batched a little later in a storm
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

  /** Tests whether certainly no process of the job is alive. Ask this while a verdict is being delivered. */
  isEmpty(job: string): boolean {
    // the other sources read several rings, or /proc, and may have missed a process
    return this.source.capabilities.isOrdered && this.tracker.isEmpty(job);
  }

  /** @param named reads the PID file of a job after main has ended */
  setPidFileReader(named: (job: string, main: Process) => PidFileTarget | undefined): void {
    this.#namedBy = named;
  }

  /** See Tracker.endRequested. Drains the source first, so that the members are known. */
  endRequested(job: string): void {
    this.#reader.drain();
    this.tracker.endRequested(job, this.kernel.now());
  }

  /** Drains the source and decides, so that members and main are up to date. */
  refresh(): void {
    this.#reader.drain();
    this.#decide();
  }

  /** See Tracker.setMain. Drains the source first: the process may have been born just now. */
  setMain(job: string, pid: number, says: 'word' | 'hint', reason: string): boolean {
    this.#reader.drain();
    const isOwn = this.tracker.setMain(job, pid, says, reason, this.kernel.now());
    this.#decide();
    return isOwn;
  }

  /**
   * Returns the job of a living or recently ended process, from events or, if they do not show it, from
   * /proc.
   */
  jobOfPid(pid: number): string | undefined {
    this.#reader.drain();
    const { lineage, self } = this.tracker;
    if (lineage.get(pid) === undefined && descendsFrom(self, pid, this.kernel)) this.#reader.resync();
    const process = lineage.get(pid);
    const job = process && this.tracker.jobOf(process);
    this.#decide();
    return job;
  }

  /** Returns how much has come from the source so far. */
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

  /** Tests whether a main has ended, or it is still undecided who is main. */
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

  /** Lets the followers decide. @returns whether there are processes without events */
  #ask(): boolean {
    return this.#phases.during({ kind: 'decide' }, () => {
      this.tracker.decide(this.kernel.now());
      const { current } = this.#phases;
      return current.kind === 'deciding' && current.isMissing;
    });
  }

  /** Reports exits to the tracker. The source has been read since, so their forks are known. */
  #reportDeaths(): void {
    clearTimeout(this.#deathsTimer);
    this.#deathsTimer = undefined;
    for (const { pid, status, at } of this.#deaths.take()) {
      // a process launched since then may have the pid of one that waited here
      if ((this.tracker.lineage.get(pid)?.born ?? 0) <= at) this.tracker.reaped(pid, status, at);
    }
  }

  #hasNewChildren(launcher: Process): boolean {
    const { mayMissForks } = this.source.capabilities;
    const isMissing = mayMissForks && hasUnknownChildren(launcher, this.tracker, this.kernel);
    if (isMissing) this.#phases.note({ kind: 'missing' });
    return isMissing;
  }

  /** Watches for the exit of a main that may not be our child. */
  #watch(pid: number): void {
    this.handles.watch(pid, (status) => this.#strangerEnded(pid, status));
  }

  /**
   * Processes the exit of a main that is not our child. Its exit event may be queued, with the status;
   * without a status, the exit counts as one without failure.
   */
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
      // Processes the exit of a main that is not our child. Its exit event may be queued, with the status;
      // without it, the status is unknown.
      if (output.kind !== 'verdict' || output.verdict.verdict !== 'hand-off') continue;
      const { to, attached } = output.verdict;
      this.#watch(to);
      if (attached === true) this.#followAttached(to);
    }
  }

  /** Follows a process that somebody else has started, like one of a recovered job. */
  #followAttached(pid: number): void {
    if (this.source.capabilities.seesMachine) this.source.follow(pid);
    // its earlier forks are found in /proc
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
      // after a blocked event loop, an awaited status may already be there, because timers run before SIGCHLD
      // is handled
      this.#reader.reap(this.tracker.endedWithoutStatus());
      this.refresh();
    };
    this.#timer = setLongTimeout(look, (due - this.kernel.now()) / 1e6);
  }
}
