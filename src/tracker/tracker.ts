/**
 * The tracker: lineage and followers of all jobs, fed by one event stream. Pure: events, exits and the time go in;
 * verdicts and the jobs' own events come out. It is the same live (tracking.ts) and in a replay (trace/replay.ts).
 *
 * Order of evidence (DESIGN section 3): foster learns of an exit, drains the source into `observe`, then calls
 * `decide`.
 */
import { isMember, learnMembership } from './lineage/belonging.js';
import { Conclusions } from './follower/conclusions.js';
import { DetachWatch } from './lineage/detach-watch.js';
import type { Nanoseconds, OverflowEvent, ProcessEvent } from './events.js';
import type { Evidence } from './follower/evidence.js';
import { setMain, giveUpOnStatus, follow, isUncertain } from './follower/follower.js';
import { Intake } from './lineage/intake.js';
import { Lineage } from './lineage/lineage.js';
import type { Follower, HandOffRule, JobLineage, Process } from './model.js';
import type { FormerOrphans } from './scan/known.js';
import { Marks } from './scan/mark.js';
import { DEFAULT_TIMING, type Timing } from './follower/timing.js';
import { TrackedJobs, type TrackedJob } from './tracked-jobs.js';
import type { Verdict } from './verdict.js';

/** The tracker's output, in order. */
export type TrackerOutput =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'event'; readonly job: string; readonly event: ProcessEvent }
  /** the source lost events, perhaps of jobs; foster looks in /proc for what they would have reported */
  | { readonly kind: 'overflow'; readonly event: OverflowEvent };

export class Tracker {
  readonly lineage = new Lineage();
  /** the marks that identify processes of jobs after a crash */
  marks = new Marks();
  /** see known.ts; undefined unless jobs of a former supervisor have been recovered */
  former: FormerOrphans | undefined;
  readonly #jobs = new TrackedJobs(this.lineage);
  readonly #intake: Intake;
  readonly #conclusions: Conclusions;
  /** living children that foster started as something other than main (hooks) */
  readonly #others = new Set<number>();
  /** by launcher: the processes that bear its mark but may be strangers */
  readonly #unclear = new WeakMap<Process, readonly number[]>();
  #output: TrackerOutput[] = [];

  /** @param self the supervisor's pid: as a parent in a fork event it means a launch, or a clone(CLONE_PARENT) */
  constructor(
    readonly self: number,
    private readonly evidence: Evidence,
    readonly timing: Timing = DEFAULT_TIMING,
  ) {
    const { lineage } = this;
    const jobs = this.#jobs;
    const leavers = new DetachWatch(timing);
    const intake = new Intake({
      ...{ self, evidence, lineage, jobs, leavers },
      changed: (job, event) => this.#changed(job, event),
      overflowed: (event) => this.#output.push({ kind: 'overflow', event }),
    });
    this.#intake = intake;
    this.#conclusions = new Conclusions({
      ...{ evidence, timing, lineage, jobs, leavers },
      readProgram: (main, upgraded) => intake.readProgram(main, upgraded),
      report: (verdict) => this.#report(verdict),
    });
  }

  /**
   * Follows a new launcher of this job: it is main until a hand-off.
   * @param born when it was started; `now` is when this is reported
   */
  launch(job: string, pid: number, born: Nanoseconds, now: Nanoseconds, argv?: readonly string[]): Process {
    this.#jobs.dropEmptyRuns(this.#jobs.open(job));
    const launcher = this.foundLauncher(job, pid, born, argv);
    this.followLauncher(launcher, now);
    return launcher;
  }

  /**
   * Enters a launcher that a former supervisor started but could not record before it crashed. The previous run is
   * followed until its end is decided; then this one is.
   */
  foundLauncher(job: string, pid: number, born: Nanoseconds, argv?: readonly string[]): Process {
    const launcher = this.lineage.launch(pid, born, argv);
    this.#jobs.enter(this.#jobs.open(job), launcher);
    return launcher;
  }

  /**
   * Makes this launcher's run the job's present run.
   * @param tookOver since when the launcher's unobserved daemon has been main
   */
  followLauncher(launcher: Process, now: Nanoseconds, tookOver?: Nanoseconds): void {
    const job = this.#jobs.of(launcher);
    if (job === undefined) return;
    job.follower = { ...follow(launcher), tookOver, unclear: this.#unclear.get(launcher) ?? [] };
    this.#conclusions.changed(job);
    this.#report({ verdict: 'main', job: job.key, time: now, pid: launcher.pid, reason: 'it was launched' });
  }

  /** Records processes that bear the mark of this launcher's job but may be strangers. */
  foundUnclear(launcher: Process, pids: readonly number[]): void {
    this.#unclear.set(launcher, pids);
    const follower = this.#jobs.of(launcher)?.follower;
    if (follower?.launcher === launcher) follower.unclear = pids;
  }

  /** Records that foster started this child as something other than main (a hook), so it is no orphan of any job. */
  startedOther(pid: number, lives = true): void {
    if (lives) this.#others.add(pid);
    else this.#others.delete(pid);
  }

  isOther(pid: number): boolean {
    return this.#others.has(pid);
  }

  /** Reports an orphan that one of several launchers created. No job gets it, because nothing tells which one. */
  doubt(orphan: number, launchers: readonly Process[], now: Nanoseconds): void {
    const reason = `process ${orphan} belongs to this job or to another, and nothing proves to which`;
    for (const launcher of launchers) {
      const { key, follower } = this.#jobs.of(launcher) ?? {};
      if (key === undefined || follower === undefined || follower.over) continue;
      const { pid } = follower.main;
      this.#report({ verdict: 'ambiguous', job: key, time: now, pid, candidates: [pid, orphan], reason });
    }
  }

  /** Enters events, in the source's order. Decides nothing yet. */
  observe(events: readonly ProcessEvent[], now: Nanoseconds): void {
    for (const event of events) this.#intake.observe(event);
    this.lineage.purge(now);
  }

  /** Records that foster has reaped this process, with this status. */
  reaped(pid: number, status: number, now: Nanoseconds): void {
    this.#others.delete(pid);
    this.#intake.exit(pid, now, status);
  }

  /**
   * Records that these processes have ended with a status that will never be known: somebody else has reaped
   * them.
   * @param lastSeen when they were last seen alive, if they ended while foster was not running
   */
  foundEnded(pids: readonly number[], now: Nanoseconds, lastSeen?: Nanoseconds): void {
    for (const pid of pids) {
      this.#intake.exit(pid, now, undefined);
      if (lastSeen !== undefined) this.lineage.endedUnseen(pid, lastSeen);
      const process = this.lineage.get(pid);
      const follower = process && this.#jobs.of(process)?.follower;
      if (follower !== undefined && follower.main === process) giveUpOnStatus(follower, now);
    }
  }

  /**
   * Records that foster asked main to end, so that its exit counts as requested, whatever the status. Also learns who
   * is a member now, because members will be ended, too.
   */
  endRequested(job: string, now: Nanoseconds): void {
    const follower = this.follower(job);
    if (follower === undefined) return;
    for (const process of this.living(job))
      process.session.membership =
        learnMembership(process, follower, this.evidence, this.timing, now) ?? process.session.membership;
    follower.endRequested = true;
  }

  /** Records that the job's program daemonises (`expect fork`, `expect daemon`, `ready daemonised`). */
  expectHandOff(job: string): void {
    const follower = this.follower(job);
    if (follower !== undefined) follower.expectsHandOff = true;
  }

  /** Limits the processes that main may hand off to. */
  limitHandOff(job: string, rule: HandOffRule): void {
    const follower = this.follower(job);
    if (follower !== undefined) follower.handOffRule = rule;
  }

  /**
   * Makes a process main because the job says so. A `word` always counts; a `hint` counts only if main is a
   * guess.
   * @returns false if that is not a living process of the job's present run
   */
  setMain(job: string, pid: number, says: 'word' | 'hint', reason: string, now: Nanoseconds): boolean {
    const follower = this.follower(job);
    const process = this.lineage.get(pid);
    if (follower === undefined || follower.over || process === undefined) return false;
    // a main that the PID file attached has another launcher
    if (process !== follower.main && process.launcher !== follower.launcher) return false;
    if (process.ended !== undefined || !this.evidence.isAlive(process)) return false;
    if (process === follower.main || (says === 'hint' && !isUncertain(follower))) return true;
    const { main } = follower;
    setMain(follower, process, now);
    this.#report({ verdict: 'hand-off', job, time: now, pid: main.pid, to: pid, reason });
    this.#report({ verdict: 'main', job, time: now, pid, reason });
    return true;
  }

  /** Decides everything that can be decided now. */
  decide(now: Nanoseconds): void {
    this.#conclusions.decide(now);
  }

  /** Returns the earliest time at which `decide` has something to do even if no event arrives. */
  deadline(): Nanoseconds | undefined {
    return this.#conclusions.deadline();
  }

  /** Tests whether a decision waits for exit events that are on their way: the source must be drained once more. */
  get awaitsEvidence(): boolean {
    return this.#conclusions.awaitsEvidence;
  }

  /** Returns the verdicts and events since the last call. */
  take(): readonly TrackerOutput[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** Returns the follower of the job's present run. */
  follower(job: string): Follower | undefined {
    return this.#jobs.get(job)?.follower;
  }

  /** Tests whether this process is main of its job's present run, as far as decided. */
  isMain(pid: number): boolean {
    const process = this.lineage.get(pid);
    return process !== undefined && this.#jobs.isMain(process);
  }

  /** Returns the mains that have ended according to events, but whose exit status is not known yet. */
  endedWithoutStatus(): readonly number[] {
    return this.#jobs.endedWithoutStatus();
  }

  /** Returns the job that this process belongs to. */
  jobOf(process: Process): string | undefined {
    return this.#jobs.of(process)?.key;
  }

  /** Returns every known job. */
  jobs(): readonly string[] {
    return this.#jobs.keys();
  }

  /** Returns all living processes of the job, including those of former runs, in the order of birth. */
  living(job: string): readonly Process[] {
    return this.#jobs.living(job).filter((process) => this.evidence.isAlive(process));
  }

  /** Tests whether no process of the job is alive, in this or a former run, according to the events. */
  isEmpty(job: string): boolean {
    return this.#jobs.living(job).length === 0;
  }

  /** Tests whether a living process has left the job for good: it is neither main nor a member, nor may it become main. */
  isDetached(process: Process, now: Nanoseconds): boolean {
    const follower = this.#jobs.of(process)?.follower;
    return follower === undefined || !isMember(process, follower, this.evidence, this.timing, now);
  }

  /** Returns what is known of the job, for the saved state. */
  save(job: string): JobLineage {
    return this.#jobs.save(job);
  }

  /**
   * Restores a job that a former supervisor saved. A later scan of /proc finds out which of its processes are
   * alive.
   * @returns main of the present run, if there is one
   */
  restore(key: string, saved: JobLineage): Process | undefined {
    const job = this.#jobs.restore(key, saved);
    if (saved.follower !== undefined) this.#conclusions.changed(job);
    return saved.follower?.over === true ? undefined : saved.follower?.main;
  }

  /** Closes a run that is over: processes that are still alive are detached. */
  closeRun(job: string): void {
    const tracked = this.#jobs.get(job);
    if (tracked !== undefined) tracked.follower = undefined;
  }

  /** Forgets a job without living processes. */
  forget(job: string): void {
    this.#jobs.forget(job);
  }

  /** Notes that something happened to a process of a job, and passes the event on. */
  #changed(job: TrackedJob, event: ProcessEvent | undefined): void {
    this.#conclusions.changed(job);
    if (event !== undefined) this.#output.push({ kind: 'event', job: job.key, event });
  }

  #report(verdict: Verdict): void {
    this.#output.push({ kind: 'verdict', verdict });
  }
}
