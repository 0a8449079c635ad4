/**
 * The lineage: who created whom, for every descendant of a launcher. The kernel forgets a creator when it
 * dies (ppid becomes the reaper's); the lineage does not.
 *
 * Pure bookkeeping: it records what happened and answers questions. It reads no clock and no /proc.
 */
import type { AdoptedEvent, Nanoseconds } from '../events.js';
import { processRecord, sessionRecord, type Image, type Process } from '../model.js';
import { isShell } from './program.js';
import { ProcessIndex } from './process-index.js';
import { SAME_PROCESS } from '../follower/timing.js';
import { correctExec, correctFork, isSameFork } from './correct-fork.js';

/** How long an ended process without living descendants is kept: later events of it may still be queued. */
const KEEP_ENDED: Nanoseconds = 5e9;

/**
 * How long an ended creator of living processes is kept in the chain: the start timeout of a launcher (90 s),
 * plus a margin. Later only direct children matter (a binary upgrade), so the chain can be shortened.
 * Otherwise a program that re-forks itself for ever would fill the memory.
 */
const KEEP_CREATOR: Nanoseconds = 120e9;

/** In a storm of short-lived processes the queue is long, and removing a few from its front is expensive. */
const PURGE_INTERVAL: Nanoseconds = 1e8;

/** The session of a launcher until it has its own, a moment later. */
const NO_SESSION = sessionRecord.create({ id: 0, leader: undefined });

export class Lineage {
  readonly #processes = new ProcessIndex<Process>();
  /** ended processes in the order of their exits, purged in that order */
  readonly #ended: Process[] = [];
  /** those among them that still had children when they were due */
  readonly #endedCreators = new Set<Process>();
  #forgotAt: Nanoseconds = -Infinity;
  #order = 0;

  /** Returns the living or recently ended process with this pid. */
  get(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }

  all(): IterableIterator<Process> {
    return this.#processes.all();
  }

  /** Returns the launchers that have any process in the lineage. */
  launchers(): IterableIterator<Process> {
    return this.#processes.launchers();
  }

  /** Enters a process that foster itself started, in its own session. */
  launch(pid: number, time: Nanoseconds, argv?: readonly string[]): Process {
    const image: Image = { since: time, isOwn: true, execedAt: time, argv, executable: undefined };
    return this.#enter(this.#create(pid, time, undefined, image));
  }

  /** Enters a process that somebody else started, with its session as shown in /proc. */
  attach(
    pid: number,
    born: Nanoseconds,
    session: number,
    program: Pick<Image, 'argv' | 'executable'>,
  ): Process {
    const image: Image = { since: born, isOwn: true, execedAt: born, ...program };
    const process = this.#create(pid, born, undefined, image);
    if (session !== pid) process.session = sessionRecord.create({ id: session, leader: undefined });
    process.imageSession = process.session;
    return this.#enter(process);
  }

  /** Enters `child`, created by `parent`. Returns undefined if the parent is not in the lineage. */
  fork(parent: number, child: number, time: Nanoseconds): Process | undefined {
    const creator = this.#processes.get(parent);
    if (creator === undefined) {
      this.pidReused(child, time);
      return undefined;
    }
    const known = this.#processes.get(child);
    // already found in /proc
    if (known !== undefined && time - known.born < SAME_PROCESS && isSameFork(known, creator, time))
      return this.#placeBehind(creator, correctFork(known, creator, time));
    const { execedAt, argv, executable } = creator.image;
    const image: Image = { since: time, isOwn: false, execedAt, argv, executable };
    const process = this.#create(child, time, creator, image);
    creator.children.add(process);
    creator.forks += 1;
    return this.#enter(process);
  }

  /**
   * Removes the former owner of a pid that now belongs to a stranger. The former owner is gone, even if no
   * event reported its exit, and later events of this pid concern the stranger.
   */
  pidReused(pid: number, time: Nanoseconds): void {
    const before = this.#processes.get(pid);
    if (before === undefined || (before.ended === undefined && time - before.born < SAME_PROCESS)) return;
    this.exit(pid, time, undefined);
    this.#processes.delete(before);
  }

  exec(pid: number, time: Nanoseconds, argv?: readonly string[], executable?: string): Process | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined) return undefined;
    const { image: former } = process;
    process.image = { since: time, isOwn: true, execedAt: time, argv, executable };
    process.imageSession = process.session;
    correctExec(process, former);
    return process;
  }

  /** Records that the process has called setsid. */
  setsid(pid: number, time: Nanoseconds): Process | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined || process.session.leader === process) return process;
    // a shell makes no session for what it forks: a program was exec'd to make it, whether or not a source
    // has seen that
    const byOwnProgram = process.image.isOwn || isShell(process.image);
    process.session = sessionRecord.create({ id: pid, leader: process, leaderHadExeced: byOwnProgram });
    process.sessionSince = time;
    return process;
  }

  /**
   * Records that the process has ended. The status may come later than the exit, or twice: the last one wins,
   * because it comes from wait. The earliest time wins, too: the reaping happens after the exit event but may
   * be reported before it.
   * @returns the notices of adoption that follow from it, in the order of birth; none at the second report
   */
  exit(pid: number, time: Nanoseconds, status: number | undefined): readonly AdoptedEvent[] {
    const process = this.#processes.get(pid);
    if (process === undefined) return [];
    if (process.ended !== undefined) {
      // the exit event has the best time: it was taken before anybody could wait
      const at = Math.min(process.ended.at, time);
      process.ended = { ...process.ended, at, status: status ?? process.ended.status };
      return [];
    }
    process.ended = { at: time, status };
    this.#ended.push(process);
    const adopted: AdoptedEvent[] = [];
    for (const child of process.children) {
      if (child.ended === undefined)
        adopted.push({ type: 'adopted', time, pid: child.pid, formerParent: pid });
    }
    return adopted;
  }

  /** Records that a process ended unobserved, and when it was last seen alive. */
  endedUnseen(pid: number, lastSeen: Nanoseconds): void {
    const process = this.#processes.get(pid);
    if (process?.ended !== undefined)
      process.ended = { ...process.ended, notBefore: Math.min(lastSeen, process.ended.at) };
  }

  /** Returns the living processes that descend from this launcher, itself included. */
  living(launcher: Process): Process[] {
    const found: Process[] = [];
    const queue: Process[] = [launcher];
    for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
      if (process.ended === undefined) found.push(process);
      queue.push(...process.children);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /**
   * Returns all processes that descend from this launcher, itself and ended ones included, in the order of
   * birth.
   */
  descendants(launcher: Process): Process[] {
    const found: Process[] = [];
    const queue: Process[] = [launcher];
    for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
      found.push(process);
      queue.push(...process.children);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /** Enters processes that a former supervisor saved, creators before the processes that they created. */
  restore(saved: readonly Process[]): void {
    for (const process of saved) {
      Object.assign(process, { order: this.#order++ });
      process.creator?.children.add(process);
      this.#enter(process);
      if (process.ended !== undefined) this.#ended.push(process);
    }
  }

  /** Drops what can no longer matter. Called with every batch of events; does nothing if nothing is due. */
  purge(now: Nanoseconds): void {
    if (Math.abs(now - this.#forgotAt) < PURGE_INTERVAL) return;
    this.#forgotAt = now;
    for (const process of takeEndedBefore(this.#ended, now - KEEP_ENDED)) {
      if (process.children.size === 0) this.#remove(process);
      else this.#endedCreators.add(process);
    }
    for (const process of this.#endedCreators) {
      if ((process.ended?.at ?? now) > now - KEEP_CREATOR) break;
      // the search for living processes starts at a launcher, so it stays until none of its processes lives
      if (process !== process.launcher) this.#remove(process);
      else this.#endedCreators.delete(process);
    }
  }

  /** Forgets a launcher with everything that descends from it. */
  drop(launcher: Process): void {
    const queue: Process[] = [launcher];
    for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
      queue.push(...process.children);
      this.#processes.delete(process);
    }
  }

  #create(pid: number, time: Nanoseconds, creator: Process | undefined, image: Image): Process {
    const session = creator?.session ?? NO_SESSION;
    const process = processRecord.create({
      pid,
      born: time,
      creator,
      order: this.#order++,
      session,
      sessionSince: time,
      image,
      imageSession: session,
    });
    if (creator === undefined) {
      process.session = sessionRecord.create({ id: pid, leader: process });
      process.imageSession = process.session;
    }
    return process;
  }

  /**
   * Gives a process, and those below it, a place behind its creator's. A scan may have found it before the event of its
   * creator's fork came, and saved lineages list creators first.
   */
  #placeBehind(creator: Process, process: Process): Process {
    if (process.creator !== creator || process.order > creator.order) return process;
    for (const below of this.descendants(process)) Object.assign(below, { order: this.#order++ });
    return process;
  }

  #enter(process: Process): Process {
    const before = this.#processes.get(process.pid);
    // the pid was reused, so its former owner is gone, even if no event reported that
    if (before?.ended === undefined && before !== undefined) this.exit(before.pid, process.born, undefined);
    this.#processes.set(process);
    return process;
  }

  /**
   * Takes an ended process out of the chain: its children become its creator's. Also removes creators that
   * were kept only for their children, when the last of these goes.
   */
  #remove(ended: Process): void {
    let process: Process | undefined = ended;
    while (process !== undefined) {
      const creator: Process | undefined = process.creator;
      this.#processes.delete(process);
      this.#endedCreators.delete(process);
      const failed = process.forgottenCreatorFailed || (process.ended?.status ?? 0) !== 0;
      for (const child of process.children) {
        child.creator = creator;
        child.isDirectChild = false;
        child.forgottenCreatorFailed ||= failed;
        creator?.children.add(child);
      }
      process.children.clear();
      // processes born into its session refer to it, and would keep all earlier ones in memory through this
      // reference
      process.imageSession = process.session;
      creator?.children.delete(process);
      const unneeded: boolean = creator?.children.size === 0 && this.#endedCreators.has(creator);
      process = unneeded ? creator : undefined;
    }
  }
}

/** Removes from the front of the queue the processes that ended before `limit`, and returns them. */
function takeEndedBefore(queue: Process[], limit: Nanoseconds): Process[] {
  const first = queue.findIndex((process) => (process.ended?.at ?? 0) > limit);
  return queue.splice(0, first === -1 ? queue.length : first);
}
