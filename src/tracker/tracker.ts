/**
 * The tracker: lineage and followers of all jobs, fed by one event stream. Pure: events, deaths and the time go in,
 * verdicts and the jobs' own events come out. Live (tracking.ts) and in a replay (trace/replay.ts) it is the same.
 *
 * Order of evidence (DESIGN section 3): a death is learned of, then the source is drained into `observe`, then `decide`.
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

/** What comes out, in order. */
export type TrackerOutput =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'event'; readonly job: string; readonly event: ProcessEvent }
  /** the source lost events of whomever; what they would have said of jobs is found out from /proc */
  | { readonly kind: 'overflow'; readonly event: OverflowEvent };

export class Tracker {
  readonly lineage = new Lineage();
  /** by which processes of jobs are known again */
  marks = new Marks();
  /** see known.ts; undefined unless jobs of a former supervisor have been taken back */
  former: FormerOrphans | undefined;
  readonly #jobs = new TrackedJobs(this.lineage);
  readonly #intake: Intake;
  readonly #conclusions: Conclusions;
  /** living children that were started for something else than a main */
  readonly #others = new Set<number>();
  /** by launcher, what bears its mark and may be a stranger */
  readonly #unclear = new WeakMap<Process, readonly number[]>();
  #output: TrackerOutput[] = [];

  /**
   * @param self the supervisor's own pid: a fork event that names it as the parent is a launch, or a clone(CLONE_PARENT)
   */
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
      readProgram: (process) => intake.readProgram(process),
      report: (verdict) => this.#report(verdict),
    });
  }

  /**
   * A launcher of this job has been started: it is main until something else is known.
   * @param born when it was started; `now` is when this is reported
   */
  launch(job: string, pid: number, born: Nanoseconds, now: Nanoseconds, argv?: readonly string[]): Process {
    this.#jobs.dropEmptyRuns(this.#jobs.open(job));
    const launcher = this.foundLauncher(job, pid, born, argv);
    this.followLauncher(launcher, now);
    return launcher;
  }

  /**
   * A former supervisor started this launcher, and crashed before it recorded that: what is found in /proc may be its
   * doing. The run before it is followed until its end is decided, and then this one's turn comes.
   */
  foundLauncher(job: string, pid: number, born: Nanoseconds, argv?: readonly string[]): Process {
    const launcher = this.lineage.launch(pid, born, argv);
    this.#jobs.enter(this.#jobs.open(job), launcher);
    return launcher;
  }

  /**
   * From now on this launcher's run is the job's.
   * @param tookOver it is what the launcher has left, which nobody has seen: since when it is main
   */
  followLauncher(launcher: Process, now: Nanoseconds, tookOver?: Nanoseconds): void {
    const job = this.#jobs.of(launcher);
    if (job === undefined) return;
    job.follower = { ...follow(launcher), tookOver, unclear: this.#unclear.get(launcher) ?? [] };
    this.#conclusions.changed(job);
    this.#report({ verdict: 'main', job: job.key, time: now, pid: launcher.pid, reason: 'it was launched' });
  }

  /** These processes bear the mark of this launcher's job, and may be strangers. */
  foundUnclear(launcher: Process, pids: readonly number[]): void {
    this.#unclear.set(launcher, pids);
    const follower = this.#jobs.of(launcher)?.follower;
    if (follower?.launcher === launcher) follower.unclear = pids;
  }

  /** foster started this child for something else than a main (a hook): it is no orphan of any job. */
  startedOther(pid: number, lives = true): void {
    if (lives) this.#others.add(pid);
    else this.#others.delete(pid);
  }

  isOther(pid: number): boolean {
    return this.#others.has(pid);
  }

  /** One of several launchers created this process, and nothing tells which: no job gets it. */
  doubt(orphan: number, launchers: readonly Process[], now: Nanoseconds): void {
    const reason = `process ${orphan} is of this job or of another, and nothing tells of which`;
    for (const launcher of launchers) {
      const { key, follower } = this.#jobs.of(launcher) ?? {};
      if (key === undefined || follower === undefined || follower.over) continue;
      const { pid } = follower.main;
      this.#report({ verdict: 'ambiguous', job: key, time: now, pid, candidates: [pid, orphan], reason });
    }
  }

  /** Takes in events, in the source's order. Nothing is decided yet. */
  observe(events: readonly ProcessEvent[], now: Nanoseconds): void {
    for (const event of events) this.#intake.observe(event);
    this.lineage.purge(now);
  }

  /** The supervisor has reaped this process: it has ended for certain, with this status. */
  reaped(pid: number, status: number, now: Nanoseconds): void {
    this.#others.delete(pid);
    this.#intake.exit(pid, now, status);
  }

  /**
   * These processes have ended, and nobody will ever say how: somebody else has reaped them.
   * @param lastSeen when they were last known to live: foster was not running when they ended
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

  /** From now on an end of main is what foster asked for, whatever the status. Whoever is a member now will be ended, too. */
  endRequested(job: string, now: Nanoseconds): void {
    const follower = this.follower(job);
    if (follower === undefined) return;
    follower.endRequested = true;
    for (const process of this.living(job))
      learnMembership(process, follower, this.evidence, this.timing, now);
  }

  /** The job says that its program daemonises (`expect fork`, `expect daemon`, `ready daemonised`). */
  expectHandOff(job: string): void {
    const follower = this.follower(job);
    if (follower !== undefined) follower.expectsHandOff = true;
  }

  /** To whom main may hand off, where the job forbids some of it. */
  limitHandOff(job: string, rule: HandOffRule): void {
    const follower = this.follower(job);
    if (follower !== undefined) follower.handOffRule = rule;
  }

  /**
   * The job says which of its processes is main: by `word`, or by a hint, which counts only where main is a guess.
   * @returns false when that is no living process of the job's present run
   */
  setMain(job: string, pid: number, says: 'word' | 'hint', reason: string, now: Nanoseconds): boolean {
    const follower = this.follower(job);
    const process = this.lineage.get(pid);
    if (follower === undefined || follower.over || process?.launcher !== follower.launcher) return false;
    if (process.ended !== undefined || !this.evidence.isAlive(process)) return false;
    if (process === follower.main || (says === 'hint' && !isUncertain(follower))) return true;
    const { main } = follower;
    setMain(follower, process, now);
    this.#report({ verdict: 'hand-off', job, time: now, pid: main.pid, to: pid, reason });
    this.#report({ verdict: 'main', job, time: now, pid, reason });
    return true;
  }

  /** Decides all that can be decided by now. */
  decide(now: Nanoseconds): void {
    this.#conclusions.decide(now);
  }

  /** The earliest time at which `decide` has something to do even if nothing happens. */
  deadline(): Nanoseconds | undefined {
    return this.#conclusions.deadline();
  }

  /** Whether a decision waits for exit events that are on their way: the source is to be drained once more. */
  get awaitsEvidence(): boolean {
    return this.#conclusions.awaitsEvidence;
  }

  /** Verdicts and events since the last call. */
  take(): readonly TrackerOutput[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** The follower of the job's present run. */
  follower(job: string): Follower | undefined {
    return this.#jobs.get(job)?.follower;
  }

  /** Whether this process is main of its job's present run, as far as is decided. */
  isMain(pid: number): boolean {
    const process = this.lineage.get(pid);
    return process !== undefined && this.#jobs.isMain(process);
  }

  /** Mains that have ended, as events tell, and whose exit status nobody has reported yet. */
  endedWithoutStatus(): readonly number[] {
    return [...this.#jobs.all()].flatMap(({ follower }) => {
      if (follower === undefined || follower.over) return [];
      const { pid, ended } = follower.main;
      return ended !== undefined && ended.status === undefined ? [pid] : [];
    });
  }

  /** The job to which this process belongs. */
  jobOf(process: Process): string | undefined {
    return this.#jobs.of(process)?.key;
  }

  /** Every job of which something is known. */
  jobs(): readonly string[] {
    return this.#jobs.keys();
  }

  /** All living processes of the job, of former runs too, in the order of birth. */
  living(job: string): readonly Process[] {
    return this.#jobs.living(job).filter((process) => this.evidence.isAlive(process));
  }

  /** Whether no process of the job lives, of this or of a former run, as far as events tell. */
  isEmpty(job: string): boolean {
    return this.#jobs.living(job).length === 0;
  }

  /** Whether a living process has left the job for good: neither main, nor a member, nor on the way to being main. */
  isDetached(process: Process, now: Nanoseconds): boolean {
    const follower = this.#jobs.of(process)?.follower;
    return follower === undefined || !isMember(process, follower, this.evidence, this.timing, now);
  }

  /** What is known of the job, for the saved state. */
  save(job: string): JobLineage {
    return this.#jobs.save(job);
  }

  /**
   * Takes a job back that a former supervisor saved. Which of its processes still live is found out by a scan of /proc.
   * @returns main of the present run, if there is one
   */
  restore(key: string, saved: JobLineage): Process | undefined {
    const job = this.#jobs.restore(key, saved);
    if (saved.follower !== undefined) this.#conclusions.changed(job);
    return saved.follower?.main;
  }

  /** The run is over and has been dealt with: what still lives is detached. */
  closeRun(job: string): void {
    const tracked = this.#jobs.get(job);
    if (tracked !== undefined) tracked.follower = undefined;
  }

  /** Forgets a job of which nothing lives. */
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
