/**
 * The tracker at work: it joins the pure tracker with an event source, with /proc and with the deaths that the
 * supervisor learns of, and keeps the order of evidence (DESIGN section 3): death, drain, decide.
 */
import type { Kernel, Pidfd, WaitStatus } from '../kernel/kernel.js';
import { isLiving } from '../kernel/process-state.js';
import { Deaths, type Death } from './deaths.js';
import type { Nanoseconds, ProcessEvent } from './events.js';
import type { Evidence, Named } from './evidence.js';
import { reapersOf } from './scan/former-processes.js';
import { SAME_PROCESS, type FormerOrphans } from './scan/known.js';
import { Marker, Marks } from './scan/mark.js';
import { resync } from './scan/resync.js';
import { TICK } from './scan/snapshot.js';
import { Settling } from './settling.js';
import type { EventSource } from './source.js';
import { Tracker, type TrackerOutput } from './tracker.js';
import { setLongTimeout, type LongTimer } from '../time/long-timer.js';
import type { Process } from './model.js';

/** For whoever wants to know whether the tracker keeps up: GET /v1/report, which the storm script reads. */
export interface TrackingCounts {
  readonly events: number;
  /** how often the kernel had to drop events */
  readonly overflows: number;
  /** how often the lineage was rebuilt from /proc */
  readonly resyncs: number;
}

/** Who takes part when a source delivers. */
export interface TrackingListeners {
  /**
   * Has the owner of waitid look at these children at once. An exit event may be read before SIGCHLD is; a new launcher may
   * not find the old main as a zombie: start-stop-daemon takes that for a daemon that runs.
   */
  readonly reap?: (pids: readonly number[]) => void;
  /** is given everything that the source delivers, of whatever process, before it is taken in */
  readonly listen?: (events: readonly ProcessEvent[]) => void;
  /** holds reports back while something is done about a delivery */
  readonly turn?: (act: () => void) => void;
  /** completes the launches that are known to the source alone, before anything is read that their processes did */
  readonly resume?: () => void;
}

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
  readonly #evidence: Evidence;
  readonly #marker: Marker;
  readonly #settling: Settling;
  /** pidfds of processes that are not our children, by pid */
  readonly #watched = new Map<number, Pidfd>();
  readonly #deaths = new Deaths();
  /** when deaths that wait in a storm are dealt with */
  #deathsTimer: NodeJS.Timeout | undefined;
  readonly #counts = { events: 0, overflows: 0, resyncs: 0 };
  /** since the last look at /proc */
  #relaunched: readonly number[] = [];
  #resume: () => void = () => undefined;
  #namedBy: (job: string, main: Process) => Named | undefined = () => undefined;
  /** something was created that no event told of */
  #isMissing = false;
  #draining = false;
  #upToDate = false;
  #timer: LongTimer | undefined;
  #timerAt: Nanoseconds | undefined;

  /**
   * @param deliver takes verdicts and events, in order, after everything that was known has been decided
   */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes' | 'now'>,
    readonly source: EventSource,
    private readonly deliver: (outputs: readonly TrackerOutput[]) => void,
    self: number = process.pid,
  ) {
    this.#evidence = {
      ...liveEvidence(kernel),
      namedBy: ({ main }) => {
        const job = this.tracker.jobOf(main);
        return job === undefined ? undefined : this.#namedBy(job, main);
      },
      hasNewChildren: (launcher) => this.#hasNewChildren(launcher),
    };
    this.#marker = new Marker(kernel);
    this.tracker = new Tracker(self, this.#evidence);
    this.#settling = new Settling(this.tracker, source);
  }

  /** Begins to listen. */
  start(listeners: TrackingListeners = {}): void {
    const { reap, listen, resume } = listeners;
    const turn = listeners.turn ?? ((act: () => void): void => act());
    if (resume !== undefined) this.#resume = resume;
    this.source.start((events) => {
      turn(() => {
        listen?.(events);
        this.#observe(events);
        // while draining, a death is known that has not been told yet: decisions come after it
        if (this.#draining) return;
        const zombies = this.#ourZombies(events);
        if (zombies.length === 0) this.#decide();
        // what is decided is decided when they have been reaped, here or after SIGCHLD
        else this.#whileUpToDate(() => reap?.(zombies));
      });
    }, this.tracker);
    // jobs that were taken back are scanned for soon
    this.source.scanned?.(this.#living());
  }

  /**
   * While the deaths are told that have just been read from the one queue that has everything in order, there is nothing to
   * drain. Other sources than the connector read several rings, or look at /proc.
   */
  #whileUpToDate(tell: () => void): void {
    this.#upToDate = this.source.isOrdered;
    try {
      tell();
    } finally {
      this.#upToDate = false;
    }
  }

  /** Children of ours, of jobs, that have ended and wait to be reaped. */
  #ourZombies(events: readonly ProcessEvent[]): readonly number[] {
    const { self, lineage } = this.tracker;
    // a recorder that only looks on has no children to wait for
    if (self !== process.pid) return [];
    return events.flatMap((event) =>
      event.type === 'exit' && event.parent === self && lineage.get(event.pid) !== undefined
        ? [event.pid]
        : [],
    );
  }

  /**
   * Starts a launcher of this job, marks it, and follows it.
   * @param start starts it; what it throws is passed on
   * @param argv with what it was started
   */
  launch<T extends Started>(job: string, start: () => T, argv: () => readonly string[]): T {
    const { launched, complete } = this.beginLaunch(job, start, argv);
    complete();
    return launched;
  }

  /**
   * The same in two steps. A source that is ordered queues what the launcher does until `complete` is called, which makes the
   * launcher main; the others know of no queue, and it has been called on return.
   */
  beginLaunch<T extends Started>(
    job: string,
    start: (born: Nanoseconds) => T,
    argv: () => readonly string[],
  ): Launch<T> {
    // before, since on a busy machine the launcher may have forked by the time that the supervisor runs again
    const born = this.kernel.now();
    const launched = this.#marker.spawn(this.tracker.marks.ofJob(job), () => start(born));
    const complete = (): void => {
      this.tracker.launch(job, launched.pid, born, this.kernel.now(), argv());
      this.#deliver();
    };
    if (this.source.isOrdered) {
      this.source.follow(launched.pid);
      return { launched, complete };
    }
    this.tracker.launch(job, launched.pid, born, this.kernel.now(), argv());
    this.source.follow(launched.pid);
    this.#deliver();
    return { launched, complete: () => undefined };
  }

  /** Starts a hook of this job: it and what it leaves behind bear a mark of their own, and are no processes of the job. */
  launchHook<T extends { readonly pid: number }>(job: string, hook: string, start: () => T): T {
    const launched = this.#marker.spawn(this.tracker.marks.ofHook(job, hook), start);
    this.tracker.startedOther(launched.pid);
    return launched;
  }

  /**
   * Children have been reaped: takes in what the kernel has queued, then decides.
   * @param mayWait whether nobody waits for any but mains: in a storm the others are then dealt with together, a little later
   */
  ended(deaths: readonly Death[], mayWait = false): void {
    const began = this.kernel.now();
    this.#deaths.note(deaths, began);
    const pause = this.#deaths.pause(began);
    if (mayWait && pause > 0 && !this.#isUrgent(deaths)) {
      this.#deathsTimer ??= setTimeout(() => this.#dealWithDeaths(), pause / 1e6);
      return;
    }
    this.#dealWithDeaths();
  }

  #dealWithDeaths(): void {
    const began = this.kernel.now();
    if (!this.#upToDate) this.#drain();
    this.#decide();
    this.#deaths.took(began, this.kernel.now());
  }

  /** Whether it is certain that no process of the job lives. To be asked when a verdict is delivered. */
  isEmpty(job: string): boolean {
    // the other sources read several rings, or look at /proc: what they have not seen is looked for
    return this.source.isOrdered && this.tracker.isEmpty(job);
  }

  /** A main has ended, or it is not clear yet who is main after its end. */
  #isUrgent(deaths: readonly Death[]): boolean {
    return deaths.some(({ pid }) => this.tracker.isMain(pid)) || this.tracker.awaitsEvidence;
  }

  /**
   * Tells the tracker of the deaths that are known. The source has been read since, so that what they had forked is known.
   */
  #tellDeaths(): void {
    clearTimeout(this.#deathsTimer);
    this.#deathsTimer = undefined;
    for (const { pid, status, at } of this.#deaths.take()) {
      // one that was launched since has the number of a process that waited here
      if ((this.tracker.lineage.get(pid)?.born ?? 0) <= at) this.tracker.reaped(pid, status, at);
    }
  }

  /** @param named reads the PID file of a job whose main has ended */
  consultPidFiles(named: (job: string, main: Process) => Named | undefined): void {
    this.#namedBy = named;
  }

  /** See Tracker.endAsked. Who is a member is to be known by then. */
  endAsked(job: string): void {
    this.#drain();
    this.tracker.endAsked(job, this.kernel.now());
  }

  /** Takes in what the kernel has queued, so that members and main are what they are now. */
  refresh(): void {
    this.#drain();
    this.#decide();
  }

  /** See Tracker.appoint. What the kernel has queued is taken in first: the process may have been born just now. */
  appoint(job: string, pid: number, says: 'word' | 'hint', reason: string): boolean {
    this.#drain();
    const isOwn = this.tracker.appoint(job, pid, says, reason, this.kernel.now());
    this.#decide();
    return isOwn;
  }

  /** The job of a process that lives or has lately ended, from events or, where they cannot tell, from /proc. */
  jobOfPid(pid: number): string | undefined {
    this.#drain();
    if (this.tracker.lineage.get(pid) === undefined && this.#descends(pid)) this.resync();
    const process = this.tracker.lineage.get(pid);
    const job = process && this.tracker.jobOf(process);
    this.#decide();
    return job;
  }

  /**
   * Sees to it that the end of a process is learned of, by a pidfd where it is not our child: one taken over from a former
   * supervisor, or one below a subreaper of its own.
   * @param ended what to do then; without it, the tracker is told
   */
  watch(
    pid: number,
    ended: (status: WaitStatus | undefined) => void = (status) => this.#strangerEnded(pid, status),
  ): void {
    if (this.#watched.has(pid) || this.kernel.proc.stat(pid)?.parent === this.tracker.self) return;
    const pidfd = this.kernel.processes.openPidfd(pid);
    if (pidfd === undefined) {
      ended(undefined);
      return;
    }
    pidfd.onEnd(() => {
      const status = pidfd.exitStatus();
      this.#unwatch(pid);
      ended(status);
    });
    this.#watched.set(pid, pidfd);
  }

  /** The secret from which the marks of processes follow: a new supervisor recognises those of the former one by it. */
  useSecret(secret: string): void {
    this.tracker.marks = new Marks(secret);
  }

  /**
   * Jobs of a former supervisor have been entered: finds by one look at all processes who else is theirs.
   * @param uidOf whose processes a job's are
   */
  findFormer(uidOf: FormerOrphans['uidOf']): void {
    this.tracker.former = { reapers: reapersOf(this.tracker, this.kernel.proc), uidOf, strangers: new Map() };
  }

  /**
   * These processes of jobs taken back ended while nobody looked. Decided with all else that is found out.
   * @param lastSeen when they were last known to live
   */
  foundEnded(pids: readonly number[], lastSeen: Nanoseconds): void {
    this.tracker.foundEnded(pids, this.kernel.now(), lastSeen);
  }

  /**
   * A launcher of this job that a former supervisor started, and did not come to tell anybody about. It may have ended, and
   * left its daemon behind. To be told before anybody looks at /proc.
   * @param isGone it has ended: whoever has its pid now is a stranger
   */
  foundLauncher(job: string, pid: number, born: Nanoseconds, isGone = false): Process {
    const argv = isGone ? undefined : this.kernel.proc.arguments(pid);
    const launcher = this.tracker.foundLauncher(job, pid, born, argv);
    if (isGone || !this.#evidence.isAlive(launcher)) this.foundEnded([pid], born);
    return launcher;
  }

  /**
   * The job is to have been started by this launcher.
   * @param handedOff it is what a launcher has left that nobody has seen
   */
  relaunch(launcher: Process, handedOff = false): void {
    const now = this.kernel.now();
    this.tracker.followLauncher(launcher, now, handedOff ? now : undefined);
    const { ended } = launcher;
    if (ended !== undefined) this.tracker.foundEnded([launcher.pid], ended.at, ended.notBefore);
    this.#relaunched = [...this.#relaunched, launcher.pid];
  }

  /** Brings the lineage of jobs taken back up to date with /proc, and decides. Those that are our children are waited for. */
  takenBack(mains: readonly number[]): void {
    let pids = mains;
    do {
      this.#relaunched = [];
      this.resync();
      for (const pid of pids) this.watch(pid);
      this.#decide();
      // what died meanwhile had been started again already
      pids = this.#relaunched;
    } while (pids.length > 0);
  }

  /** Whether exactly this process lives, not another one with its pid. */
  isAlive(process: Process): boolean {
    return this.#evidence.isAlive(process);
  }

  /** What a living process was started with, or the title that it has given itself. */
  argumentsOf(pid: number): readonly string[] | undefined {
    return this.kernel.proc.arguments(pid);
  }

  /**
   * Holds exactly this process, so that whatever becomes of its pid, no stranger is signalled. To be closed by the caller.
   * Returns undefined when it lives no more.
   */
  hold(process: Process): Pidfd | undefined {
    const pidfd = this.kernel.processes.openPidfd(process.pid);
    // looked at after the pidfd is open: from then on it is this process or none
    if (pidfd === undefined || this.isAlive(process)) return pidfd;
    pidfd.close();
    return undefined;
  }

  /**
   * Signals a process of a job that has not been reaped, or the group that it is in. The number of our own child cannot pass to
   * a stranger before we reap it; any other process is held by the pidfd that watches it.
   */
  signal(pid: number, signal: number, whole: 'group' | 'process'): void {
    const { processes } = this.kernel;
    const held = this.#watched.get(pid);
    // signal 0 asks whether it lives, and does not reap it
    if (held !== undefined && !held.signal(0)) return;
    const found = whole === 'group' ? this.groupOf(pid) : undefined;
    // whom somebody started in a shell shares its group with strangers
    const group = this.#isAttached(pid) && found !== pid ? undefined : found;
    if (group === undefined) {
      if (held === undefined) processes.kill(pid, signal);
      else held.signal(signal);
    } else if (group === pid && held?.signalGroup !== undefined) held.signalGroup(signal);
    else processes.killGroup(group, signal);
  }

  /** Orphans of unseen creators are children of ours by now. The connector tells of everything, and procfs has just looked. */
  #hasNewChildren(launcher: Process): boolean {
    if (this.source.name !== 'perf' && this.source.name !== 'ptrace') return false;
    const { proc } = this.kernel;
    const { self, lineage } = this.tracker;
    const since = launcher.born + proc.suspended() - TICK;
    this.#isMissing = proc.children(self).some((pid) => {
      if (lineage.get(pid) !== undefined || this.tracker.isOther(pid)) return false;
      return (proc.stat(pid)?.startTime ?? 0) * TICK >= since;
    });
    return this.#isMissing;
  }

  #isAttached(pid: number): boolean {
    const process = this.tracker.lineage.get(pid);
    const job = process && this.tracker.jobOf(process);
    const follower = job === undefined ? undefined : this.tracker.follower(job);
    return follower?.attached === true && follower.main === process;
  }

  /** Begins to follow a process that somebody else has started, as one of a job taken back is followed. */
  #follow(pid: number): void {
    if (this.source.name === 'connector') this.source.follow(pid);
    this.resync();
  }

  /** The process group of a living process; undefined when it is the supervisor's own, which is never to be signalled. */
  groupOf(pid: number): number | undefined {
    const group = this.kernel.proc.stat(pid)?.group;
    return group === this.kernel.proc.stat(this.tracker.self)?.group ? undefined : group;
  }

  stop(): void {
    this.#timer?.dispose();
    clearTimeout(this.#deathsTimer);
    for (const pid of [...this.#watched.keys()]) this.#unwatch(pid);
    this.#settling.stop();
    this.source.stop();
  }

  /** By /proc alone, so that strangers cannot make foster scan all of it. */
  #descends(pid: number): boolean {
    const { proc } = this.kernel;
    let above = proc.stat(pid)?.parent;
    while (above !== undefined && above > 1 && above !== this.tracker.self) above = proc.stat(above)?.parent;
    return above === this.tracker.self;
  }

  #drain(): void {
    this.#resume();
    this.#draining = true;
    try {
      this.source.drain();
    } finally {
      this.#draining = false;
    }
  }

  #unwatch(pid: number): void {
    this.#watched.get(pid)?.close();
    this.#watched.delete(pid);
  }

  /** The status may be known from the exit event that is queued; without it, the end counts as one without failure. */
  #strangerEnded(pid: number, status: WaitStatus | undefined): void {
    this.#drain();
    if (status !== undefined) this.tracker.reaped(pid, status, this.kernel.now());
    else this.#observe([{ type: 'exit', time: this.kernel.now(), pid }]);
    this.#decide();
  }

  #observe(events: readonly ProcessEvent[]): void {
    const now = this.kernel.now();
    this.tracker.observe(events, now);
    this.#counts.events += events.length;
    const overflows = events.filter((event) => event.type === 'overflow').length;
    if (overflows === 0) return;
    this.#counts.overflows += overflows;
    this.resync();
  }

  /** What has come from the source so far. */
  get counts(): TrackingCounts {
    return { ...this.#counts };
  }

  /** Rebuilds the lineage from /proc: after an overflow, and when jobs have been taken back. */
  resync(): void {
    const now = this.kernel.now();
    this.#counts.resyncs += 1;
    this.source.scanning?.();
    const { events, unclear } = resync(this.tracker, this.kernel.proc, now, this.tracker.self);
    this.tracker.observe(events, now);
    const launchers = new Set(unclear.map(({ launcher }) => launcher));
    for (const launcher of launchers) {
      const pids = unclear.filter((one) => one.launcher === launcher).map(({ orphan }) => orphan);
      this.tracker.foundUnclear(launcher, pids);
    }
    this.source.scanned?.(this.#living());
  }

  *#living(): Iterable<number> {
    for (const { pid, ended } of this.tracker.lineage.all()) if (ended === undefined) yield pid;
  }

  #decide(): void {
    this.#tellDeaths();
    this.tracker.decide(this.kernel.now());
    for (let left = DRAINS_FOR_EVIDENCE; left > 0 && this.tracker.awaitsEvidence; left--) {
      if (this.#isMissing) this.resync();
      else this.#drain();
      this.#isMissing = false;
      this.tracker.decide(this.kernel.now());
    }
    this.#setTimer();
    this.#deliver();
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
      this.watch(to);
      // what it has forked before is found in /proc
      if (attached === true) this.#follow(to);
    }
  }

  #setTimer(): void {
    const due = this.tracker.deadline();
    if (due === this.#timerAt) return;
    this.#timer?.dispose();
    this.#timerAt = due;
    if (due === undefined) return;
    this.#timer = setLongTimeout(
      () => {
        this.#timerAt = undefined;
        this.#drain();
        this.#decide();
      },
      (due - this.kernel.now()) / 1e6,
    );
  }
}

/** /proc, with the start time to tell a process from a later one with its pid. */
function liveEvidence({ proc }: Pick<Kernel, 'proc'>): Evidence {
  return {
    isAlive: (process: Process) => {
      const stat = proc.stat(process.pid);
      if (stat === undefined || !isLiving(stat)) return false;
      const late = stat.startTime * TICK - process.born;
      if (late < SAME_PROCESS) return true;
      // start times count the time that the machine was suspended, event times do not
      return late - proc.suspended() < SAME_PROCESS;
    },
    sessionOf: (pid) => proc.session(pid),
    isDoomed: ({ pid }) => proc.isAboutToBeKilled(pid),
    occupationOf: ({ pid }, other) => proc.occupation(pid, other.pid),
    programOf: ({ pid }) => ({ argv: proc.arguments(pid), executable: proc.executable(pid) }),
  };
}
