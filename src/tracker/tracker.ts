/**
 * The tracker: lineage and followers of all jobs, fed by one event stream. Pure: events, deaths and the time go in,
 * verdicts and the jobs' own events come out. Live (tracking.ts) and in a replay (trace/replay.ts) it is the same.
 *
 * Order of evidence (DESIGN section 3): a death is learned of, then the source is drained into `observe`, then `decide`.
 */
import type { Nanoseconds, OverflowEvent, ProcessEvent } from './events.js';
import { isMember, learnStanding } from './belonging.js';
import { Departures } from './departures.js';
import type { Stranger } from './attachment.js';
import { decide, type Decision } from './decision.js';
import type { Evidence } from './evidence.js';
import {
  appoint,
  awaitNoStatus,
  DEFAULT_TIMING,
  deadlineOf,
  follow,
  isUncertain,
  type Follower,
  type HandOffRule,
  type Timing,
} from './follower.js';
import { Lineage, type Process } from './lineage.js';
import type { JobLineage } from './saved-lineage.js';
import type { FormerOrphans } from './scan/known.js';
import { Marks } from './scan/mark.js';
import type { Verdict } from './verdict.js';

/** What comes out, in order. */
export type TrackerOutput =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'event'; readonly job: string; readonly event: ProcessEvent }
  /** the source lost events of whomever; what they would have said of jobs is found out from /proc */
  | { readonly kind: 'overflow'; readonly event: OverflowEvent };

interface TrackedJob {
  readonly key: string;
  /** launchers of this and of former runs of which something lives */
  readonly launchers: Set<Process>;
  follower: Follower | undefined;
}

export class Tracker {
  readonly lineage = new Lineage();
  readonly #jobs = new Map<string, TrackedJob>();
  readonly #jobOf = new Map<Process, TrackedJob>();
  /** living children that were started for something else than a main */
  readonly #others = new Set<number>();
  /** jobs for which something has happened since the last `decide` */
  readonly #touched = new Set<TrackedJob>();
  /** by which processes of jobs are known again */
  marks = new Marks();
  /** see known.ts; undefined unless jobs of a former supervisor have been taken back */
  former: FormerOrphans | undefined;
  /** by launcher, what bears its mark and may be a stranger */
  readonly #unclear = new Map<Process, readonly number[]>();
  readonly #departures: Departures;
  #output: TrackerOutput[] = [];

  /**
   * @param self the supervisor's own pid: a fork event that names it as the parent is a launch, or a clone(CLONE_PARENT)
   */
  constructor(
    readonly self: number,
    private readonly evidence: Evidence,
    readonly timing: Timing = DEFAULT_TIMING,
  ) {
    this.#departures = new Departures(timing);
  }

  /**
   * A launcher of this job has been started: it is main until something else is known.
   * @param born when it was started; `now` is when this is told
   */
  launch(job: string, pid: number, born: Nanoseconds, now: Nanoseconds, argv?: readonly string[]): Process {
    this.#dropEmpty(this.#job(job));
    const launcher = this.foundLauncher(job, pid, born, argv);
    this.followLauncher(launcher, now);
    return launcher;
  }

  /**
   * A launcher of this job is there that a former supervisor started and told nobody of: what is found in /proc may be its
   * doing. The run before it goes on being followed, until its end is decided and this one's turn comes.
   */
  foundLauncher(job: string, pid: number, born: Nanoseconds, argv?: readonly string[]): Process {
    const launcher = this.lineage.launch(pid, born, argv);
    const tracked = this.#job(job);
    tracked.launchers.add(launcher);
    this.#jobOf.set(launcher, tracked);
    return launcher;
  }

  /**
   * From now on this launcher's run is the job's.
   * @param tookOver it is what the launcher has left, which nobody has seen: since when it is main
   */
  followLauncher(launcher: Process, now: Nanoseconds, tookOver?: Nanoseconds): void {
    const tracked = this.#jobOf.get(launcher);
    if (tracked === undefined) return;
    tracked.follower = { ...follow(launcher), tookOver, unclear: this.#unclear.get(launcher) ?? [] };
    this.#touched.add(tracked);
    this.#say({ verdict: 'main', job: tracked.key, time: now, pid: launcher.pid, reason: 'it was launched' });
  }

  /** Says of processes that bear the mark of this launcher's job that they may be strangers. */
  foundUnclear(launcher: Process, pids: readonly number[]): void {
    this.#unclear.set(launcher, pids);
    const follower = this.#jobOf.get(launcher)?.follower;
    if (follower?.launcher === launcher) follower.unclear = pids;
  }

  /** Says of a child that foster started it for something else than a main (a hook): it is no orphan of any job. */
  startedOther(pid: number, lives = true): void {
    if (lives) this.#others.add(pid);
    else this.#others.delete(pid);
  }

  isOther(pid: number): boolean {
    return this.#others.has(pid);
  }

  /** Says that this process was created by one of several launchers, and that nothing tells by which: no job gets it. */
  doubt(orphan: number, launchers: readonly Process[], now: Nanoseconds): void {
    const reason = `process ${orphan} is of this job or of another, and nothing tells of which`;
    for (const launcher of launchers) {
      const job = this.#jobOf.get(launcher);
      if (job?.follower !== undefined) this.#sayAmbiguous(job, [job.follower.main.pid, orphan], reason, now);
    }
  }

  /** Takes in events, in the source's order. Nothing is decided yet. */
  observe(events: readonly ProcessEvent[], now: Nanoseconds): void {
    for (const event of events) this.#observe(event);
    this.lineage.forget(now);
  }

  /** The supervisor has waited for this process: it has ended for certain, with this status. */
  reaped(pid: number, status: number, now: Nanoseconds): void {
    this.#others.delete(pid);
    this.#ended(pid, now, status);
  }

  /**
   * These processes have ended, and nobody will ever say how: somebody else has waited for them.
   * @param lastSeen when they were last known to live: foster was not running when they ended
   */
  foundEnded(pids: readonly number[], now: Nanoseconds, lastSeen?: Nanoseconds): void {
    for (const pid of pids) {
      this.#ended(pid, now, undefined, { type: 'exit', time: now, pid });
      if (lastSeen !== undefined) this.lineage.endedUnseen(pid, lastSeen);
      const process = this.lineage.get(pid);
      const follower = process && this.#jobOf.get(process.launcher)?.follower;
      if (follower !== undefined && follower.main === process) awaitNoStatus(follower, now);
    }
  }

  /** From now on an end of main is what foster asked for, whatever the status. Whoever is a member now will be ended, too. */
  endAsked(job: string, now: Nanoseconds): void {
    const follower = this.#jobs.get(job)?.follower;
    if (follower === undefined) return;
    follower.endAsked = true;
    for (const process of this.living(job)) learnStanding(process, follower, this.evidence, this.timing, now);
  }

  /** The job says that its program daemonises (`expect fork`, `expect daemon`, `ready daemonised`). */
  expectHandOff(job: string): void {
    const follower = this.#jobs.get(job)?.follower;
    if (follower !== undefined) follower.handsOff = true;
  }

  /** To whom main may hand off, where the job forbids some of it. */
  limitHandOff(job: string, rule: HandOffRule): void {
    const follower = this.#jobs.get(job)?.follower;
    if (follower !== undefined) follower.handOff = rule;
  }

  /**
   * The job says which of its processes is main: by `word`, or by a hint, which counts only where main is a guess.
   * @returns false when that is no living process of the job's present run
   */
  appoint(job: string, pid: number, says: 'word' | 'hint', reason: string, now: Nanoseconds): boolean {
    const follower = this.#jobs.get(job)?.follower;
    const process = this.lineage.get(pid);
    if (follower === undefined || follower.over || process?.launcher !== follower.launcher) return false;
    if (process.ended !== undefined || !this.evidence.isAlive(process)) return false;
    if (process === follower.main || (says === 'hint' && !isUncertain(follower))) return true;
    const { main } = follower;
    appoint(follower, process, now);
    this.#say({ verdict: 'hand-off', job, time: now, pid: main.pid, to: pid, reason });
    this.#say({ verdict: 'main', job, time: now, pid, reason });
    return true;
  }

  /** Decides all that can be decided by now, and again when a decision makes another one possible. */
  decide(now: Nanoseconds): void {
    this.#detach(now);
    for (const job of this.#jobs.values()) {
      const { follower } = job;
      if (follower === undefined) continue;
      if (this.#touched.has(job) || (deadlineOf(follower, this.timing) ?? Infinity) <= now)
        this.#decide(job, follower, now);
    }
    this.#touched.clear();
  }

  /** The earliest time at which `decide` has something to do even if nothing happens. */
  deadline(): Nanoseconds | undefined {
    let earliest = Infinity;
    for (const { follower } of this.#jobs.values()) {
      if (follower !== undefined)
        earliest = Math.min(earliest, deadlineOf(follower, this.timing) ?? Infinity);
    }
    earliest = Math.min(earliest, this.#departures.due);
    return earliest === Infinity ? undefined : earliest;
  }

  /** Whether a decision waits for exit events that are on their way: the source is to be drained once more. */
  get awaitsEvidence(): boolean {
    for (const { follower } of this.#jobs.values()) if (follower?.undecidedUntil !== undefined) return true;
    return false;
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
    return process !== undefined && this.#jobOf.get(process.launcher)?.follower?.main === process;
  }

  /** The job to which this process belongs. */
  jobOf(process: Process): string | undefined {
    return this.#jobOf.get(process.launcher)?.key;
  }

  /** Every job of which something is known. */
  jobs(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /** All living processes of the job, of former runs too, in the order of birth. */
  living(job: string): readonly Process[] {
    const tracked = this.#jobs.get(job);
    if (tracked === undefined) return [];
    const found = [...tracked.launchers].flatMap((launcher) => this.lineage.living(launcher));
    return found.filter((process) => this.evidence.isAlive(process));
  }

  /** Whether no process of the job lives, of this or of a former run, as far as events tell. */
  isEmpty(job: string): boolean {
    for (const launcher of this.#jobs.get(job)?.launchers ?? [])
      if (this.lineage.living(launcher).length > 0) return false;
    return true;
  }

  /** Whether a living process has left the job for good: neither main, nor a member, nor on the way to being main. */
  isDetached(process: Process, now: Nanoseconds): boolean {
    const follower = this.#jobOf.get(process.launcher)?.follower;
    if (follower === undefined) return true;
    return !isMember(process, follower, this.evidence, this.timing, now);
  }

  /** What is known of the job, as plain JSON. */
  save(job: string): JobLineage {
    const tracked = this.#jobs.get(job);
    const processes = [...(tracked?.launchers ?? [])].flatMap((launcher) => this.lineage.tree(launcher));
    return { processes, follower: tracked?.follower };
  }

  /**
   * Takes a job back that a former supervisor saved. Which of its processes still live is found out by a scan of /proc.
   * @returns main of the present run, if there is one
   */
  restore(job: string, { processes, follower }: JobLineage): Process | undefined {
    const tracked = this.#job(job);
    this.lineage.restore(processes);
    for (const process of processes) {
      if (process.launcher !== process) continue;
      tracked.launchers.add(process);
      this.#jobOf.set(process, tracked);
    }
    if (follower === undefined) return undefined;
    tracked.follower = follower;
    this.#touched.add(tracked);
    return follower.main;
  }

  /** The run is over and has been dealt with: what still lives is detached. */
  settleRun(job: string): void {
    const tracked = this.#jobs.get(job);
    if (tracked !== undefined) tracked.follower = undefined;
  }

  /** Forgets a job of which nothing lives. */
  forget(job: string): void {
    const tracked = this.#jobs.get(job);
    if (tracked === undefined) return;
    for (const launcher of tracked.launchers) {
      this.lineage.drop(launcher);
      this.#jobOf.delete(launcher);
    }
    this.#jobs.delete(job);
  }

  #job(key: string): TrackedJob {
    let job = this.#jobs.get(key);
    if (job === undefined) {
      job = { key, launchers: new Set(), follower: undefined };
      this.#jobs.set(key, job);
    }
    return job;
  }

  /** Forgets former runs of which nothing lives. */
  #dropEmpty(job: TrackedJob): void {
    for (const launcher of job.launchers) {
      if (this.lineage.living(launcher).length > 0) continue;
      this.lineage.drop(launcher);
      job.launchers.delete(launcher);
      this.#jobOf.delete(launcher);
    }
  }

  #observe(event: ProcessEvent): void {
    switch (event.type) {
      case 'fork':
        this.#fork(event.parent, event.child, event.time, event);
        return;
      case 'exec':
        this.#changed(this.lineage.exec(event.pid, event.time, event.argv, event.executable), event);
        return;
      case 'sid':
        this.#setsid(event.pid, event.time, event);
        return;
      case 'exit':
        this.#ended(event.pid, event.time, event.status, event);
        return;
      case 'uid':
      case 'gid':
      case 'comm':
      case 'ptrace':
      case 'coredump':
      case 'namespace':
        this.#changed(this.lineage.get(event.pid), event);
        return;
      case 'overflow':
        // answered by a scan of /proc (resync.ts)
        this.#output.push({ kind: 'overflow', event });
        return;
      case 'adopted':
        // the lineage makes these itself
        return;
    }
  }

  #fork(parent: number, child: number, time: Nanoseconds, event: ProcessEvent): void {
    const known = this.lineage.get(child);
    if (parent !== this.self) {
      const process = this.lineage.fork(parent, child, time);
      // a creator that is gone could not be read (nghttpx lives for 20 ms after its exec): the child runs the same program
      if (process?.creator !== undefined && !this.evidence.isAlive(process.creator))
        this.#learnProgram(process);
      this.#changed(process, event);
    } else if (known?.launcher === known && known !== undefined) this.#changed(known, event);
    else this.#forkByChildOfOurs(child, time, event);
    // the pid has come round: whoever had it is gone, and the job is to hear of it
    if (known?.ended !== undefined) this.#changed(known, undefined);
  }

  #forkByChildOfOurs(child: number, time: Nanoseconds, event: ProcessEvent): void {
    // clone(CLONE_PARENT) names the creator's parent, which is the supervisor: the session tells whose it is
    const session = this.evidence.sessionOf(child);
    for (const { follower } of this.#jobs.values()) {
      if (session === undefined || follower?.main.session.id !== session) continue;
      this.#changed(this.lineage.fork(follower.main.pid, child, time), event);
      return;
    }
    this.lineage.recur(child, time);
  }

  #setsid(pid: number, time: Nanoseconds, event: ProcessEvent): void {
    const before = this.lineage.get(pid)?.session;
    const process = this.lineage.setsid(pid, time);
    this.#changed(process, event);
    // a setsid that is told twice, by an event and from /proc, is one departure
    if (process !== undefined && process.launcher !== process && process.session !== before)
      this.#departures.noted(process, time);
  }

  #ended(pid: number, time: Nanoseconds, status: number | undefined, event?: ProcessEvent): void {
    const process = this.lineage.get(pid);
    if (process === undefined) return;
    const first = process.ended === undefined;
    const adopted = this.lineage.exit(pid, time, status);
    this.#changed(
      process,
      first ? (event ?? { type: 'exit', time, pid, ...(status !== undefined && { status }) }) : undefined,
    );
    for (const notice of adopted) this.#changed(process, notice);
  }

  /** Notes that something happened to a process of a job, and passes the event on. */
  #changed(process: Process | undefined, event: ProcessEvent | undefined): void {
    const job = process && this.#jobOf.get(process.launcher);
    if (job === undefined) return;
    this.#touched.add(job);
    if (event !== undefined) this.#output.push({ kind: 'event', job: job.key, event });
  }

  #sayAmbiguous(
    { key, follower }: TrackedJob,
    candidates: readonly number[],
    reason: string,
    time: Nanoseconds,
  ): void {
    if (follower === undefined || follower.over) return;
    this.#say({ verdict: 'ambiguous', job: key, time, pid: follower.main.pid, candidates, reason });
  }

  #decide(job: TrackedJob, follower: Follower, now: Nanoseconds): void {
    // a chain of hand-offs can be over before the first is decided; each step leads to a later process, so it ends
    for (;;) {
      const decision = decide(follower, this.evidence, this.timing, now);
      switch (decision.kind) {
        case 'hand-off': {
          const { from, to, reason } = decision;
          this.#say({ verdict: 'hand-off', job: job.key, time: now, pid: from.pid, to: to.pid, reason });
          this.#say({ verdict: 'main', job: job.key, time: now, pid: to.pid, reason });
          this.#learnProgram(to);
          continue;
        }
        case 'over': {
          this.#sayOver(job, follower.main, decision, now);
          return;
        }
        case 'attach': {
          const { from, to, reason } = decision;
          const process = this.#attach(job, to);
          appoint(follower, process, now);
          this.#say({
            verdict: 'hand-off',
            job: job.key,
            time: now,
            pid: from.pid,
            to: to.pid,
            reason,
            attached: true,
          });
          this.#say({ verdict: 'main', job: job.key, time: now, pid: to.pid, reason });
          continue;
        }
        case 'tie': {
          const candidates = decision.candidates.map((process) => process.pid);
          const reason = 'several processes could be main, and their sessions do not tell them apart';
          this.#sayAmbiguous(job, candidates, reason, now);
          return;
        }
        case 'wait':
        case 'nothing':
          return;
      }
    }
  }

  /** Enters a process that foster did not start. */
  #attach(job: TrackedJob, { pid, born, session, program }: Stranger): Process {
    const process = this.lineage.attach(pid, born, session, program);
    job.launchers.add(process);
    this.#jobOf.set(process, job);
    return process;
  }

  #sayOver(
    { key }: TrackedJob,
    main: Process,
    { verdict, status, reason, unclear, refused }: Extract<Decision, { kind: 'over' }>,
    time: Nanoseconds,
  ): void {
    const unseen = status === undefined && main.ended?.notBefore !== undefined && ({ unseen: true } as const);
    const why = refused === undefined ? {} : { refused };
    const said = { job: key, time, pid: main.pid, status, reason, ...unseen, ...why };
    if (verdict === 'ended') this.#say({ verdict, ...said });
    else this.#say({ verdict, ...said, ...(unclear !== undefined && { unclear }) });
  }

  /**
   * A launcher that lives for a few milliseconds is gone before its exec event is read. Its heir runs the same program, and
   * by that a binary upgrade will be recognised.
   */
  #learnProgram(process: Process): void {
    if (process.image.argv !== undefined) return;
    const program = this.evidence.programOf?.(process);
    if (program !== undefined) process.image = { ...process.image, ...program };
  }

  /** Says of processes that left their job's sessions that they did, once they cannot be on the way to being main. */
  #detach(now: Nanoseconds): void {
    const gone = this.#departures.take(
      (process) => this.#jobOf.get(process.launcher)?.follower,
      (process, follower) => learnStanding(process, follower, this.evidence, this.timing, now),
      now,
    );
    for (const process of gone) {
      const job = this.#jobOf.get(process.launcher);
      if (job === undefined || !this.evidence.isAlive(process) || !this.isDetached(process, now)) continue;
      const reason = 'it left the sessions of the job';
      this.#say({ verdict: 'detached', job: job.key, time: now, pid: process.pid, reason });
    }
  }

  #say(verdict: Verdict): void {
    this.#output.push({ kind: 'verdict', verdict });
  }
}
