/**
 * The lineage: who created whom, for every process that descends from a launcher. The kernel forgets a creator as soon
 * as it dies (ppid becomes the reaper's); the lineage does not.
 *
 * Pure bookkeeping: it is told what happened and answers questions. It reads no clock and no /proc.
 */
import type { AdoptedEvent, Nanoseconds } from '../events.js';
import type { Image, Process } from '../model.js';
import { isShell } from './program.js';
import { ProcessIndex } from './process-index.js';
import { SAME_PROCESS } from '../follower/timing.js';

/** How long an ended process without living descendants is remembered: later news of it may still be queued. */
const KEEP_ENDED: Nanoseconds = 5e9;

/**
 * How long an ended creator of living processes is kept in the chain: as long as a launcher may take to start
 * (90 s), with room. Later only direct children matter (a binary upgrade), so the chain can be shortened, and a program
 * that hands itself on for ever by forking does not fill the memory.
 */
const KEEP_CREATOR: Nanoseconds = 120e9;

/** In a storm of short-lived processes the queue of those to forget is long, and taking a few from its front is dear. */
const PURGE_INTERVAL: Nanoseconds = 1e8;

export class Lineage {
  readonly #processes = new ProcessIndex<Process>();
  /** ended processes in the order in which they ended, to be forgotten in that order */
  readonly #ended: Process[] = [];
  /** those among them that had children when their time came */
  readonly #endedCreators = new Set<Process>();
  #forgotAt: Nanoseconds = -Infinity;
  #order = 0;

  /** The living or lately ended process with this pid. */
  get(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }

  all(): IterableIterator<Process> {
    return this.#processes.all();
  }

  /** Launchers of which anything is known. */
  launchers(): IterableIterator<Process> {
    return this.#processes.launchers();
  }

  /** A process that the supervisor itself started, in a session of its own. */
  launch(pid: number, time: Nanoseconds, argv?: readonly string[]): Process {
    const image: Image = { since: time, isOwn: true, execedAt: time, argv, executable: undefined };
    return this.#enter(this.#create(pid, time, undefined, image));
  }

  /** A process that somebody else started, with its session as /proc shows it. */
  attach(
    pid: number,
    born: Nanoseconds,
    session: number,
    program: Pick<Image, 'argv' | 'executable'>,
  ): Process {
    const image: Image = { since: born, isOwn: true, execedAt: born, ...program };
    const process = this.#create(pid, born, undefined, image);
    if (session !== pid)
      process.session = { id: session, leader: undefined, leaderHadExeced: false, membership: undefined };
    process.imageSession = process.session;
    return this.#enter(process);
  }

  /** `parent` has created `child`. Undefined when the parent is nobody of ours. */
  fork(parent: number, child: number, time: Nanoseconds): Process | undefined {
    const creator = this.#processes.get(parent);
    if (creator === undefined) {
      this.pidReused(child, time);
      return undefined;
    }
    const known = this.#processes.get(child);
    // one that /proc told of before
    if (known?.ended === undefined && known !== undefined && time - known.born < SAME_PROCESS) return known;
    const process = this.#create(child, time, creator, { ...creator.image, since: time, isOwn: false });
    creator.children.add(process);
    creator.forks += 1;
    return this.#enter(process);
  }

  /**
   * A stranger has been born with this pid, so the process that had it is gone, whether or not anyone said so, and later
   * news of the pid is about the stranger.
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
    process.image = { since: time, isOwn: true, execedAt: time, argv, executable };
    process.imageSession = process.session;
    process.forks = 0;
    return process;
  }

  /** The process has called setsid. */
  setsid(pid: number, time: Nanoseconds): Process | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined || process.session.leader === process) return process;
    // a shell makes no session for what it forks: a program was exec'd to make it, whether or not a source has seen that
    const byOwnProgram = process.image.isOwn || isShell(process.image);
    process.session = { id: pid, leader: process, leaderHadExeced: byOwnProgram, membership: undefined };
    process.sessionSince = time;
    return process;
  }

  /**
   * The process has ended. The status may come later than the news, or twice: what wait said, the last to speak, stays, and
   * so does the earliest time: a reaping may be told of before the exit event, and happens after it.
   * @returns the notices of adoption that follow from it, in the order of birth; none at the second telling
   */
  exit(pid: number, time: Nanoseconds, status: number | undefined): readonly AdoptedEvent[] {
    const process = this.#processes.get(pid);
    if (process === undefined) return [];
    if (process.ended !== undefined) {
      // the exit event knows the time best: it was taken before anybody could wait
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

  /** Notes of a process that has ended that nobody was there to see it; it was last known to live at this time. */
  endedUnseen(pid: number, lastSeen: Nanoseconds): void {
    const process = this.#processes.get(pid);
    if (process?.ended !== undefined)
      process.ended = { ...process.ended, notBefore: Math.min(lastSeen, process.ended.at) };
  }

  /** Living processes that descend from this launcher, itself included. */
  living(launcher: Process): Process[] {
    const found: Process[] = [];
    const queue: Process[] = [launcher];
    for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
      if (process.ended === undefined) found.push(process);
      queue.push(...process.children);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /** Everything that descends from this launcher, itself included, the ended ones too, in the order of birth. */
  descendants(launcher: Process): Process[] {
    const found: Process[] = [];
    const queue: Process[] = [launcher];
    for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
      found.push(process);
      queue.push(...process.children);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /** Enters processes that a former supervisor knew, a creator before what it created. */
  restore(saved: readonly Process[]): void {
    for (const process of saved) {
      Object.assign(process, { order: this.#order++ });
      process.creator?.children.add(process);
      this.#enter(process);
      if (process.ended !== undefined) this.#ended.push(process);
    }
  }

  /** Drops what can no longer matter. Called with every batch of events; costs nothing when there is nothing to do. */
  purge(now: Nanoseconds): void {
    if (Math.abs(now - this.#forgotAt) < PURGE_INTERVAL) return;
    this.#forgotAt = now;
    for (const process of takeEndedBefore(this.#ended, now - KEEP_ENDED)) {
      if (process.children.size === 0) this.#remove(process);
      else this.#endedCreators.add(process);
    }
    for (const process of this.#endedCreators) {
      if ((process.ended?.at ?? now) > now - KEEP_CREATOR) break;
      // a launcher is where the search for the living begins: it stays until nothing of it lives
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
    const process: Omit<Process, 'launcher' | 'session' | 'imageSession'> = {
      pid,
      born: time,
      creator,
      isDirectChild: true,
      order: this.#order++,
      sessionSince: time,
      image,
      forks: 0,
      ended: undefined,
      forgottenCreatorFailed: false,
      children: new Set(),
    };
    // a launcher refers to itself, so its record is completed rather than written in one piece
    const self = process as unknown as { -readonly [Key in keyof Process]: Process[Key] };
    self.launcher = creator?.launcher ?? self;
    self.session = creator?.session ?? {
      id: pid,
      leader: self,
      leaderHadExeced: false,
      membership: undefined,
    };
    self.imageSession = self.session;
    return self;
  }

  #enter(process: Process): Process {
    const before = this.#processes.get(process.pid);
    // the pid recurs, so the process that had it is gone, whether or not anyone said so
    if (before?.ended === undefined && before !== undefined) this.exit(before.pid, process.born, undefined);
    this.#processes.set(process);
    return process;
  }

  /**
   * Takes an ended process out of the chain: its children become its creator's. A creator that was kept for the sake of
   * its children goes with the last of them.
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
      // whoever was born into its session refers to it, and through this it would refer to all before it
      process.imageSession = process.session;
      creator?.children.delete(process);
      const unneeded: boolean = creator?.children.size === 0 && this.#endedCreators.has(creator);
      process = unneeded ? creator : undefined;
    }
  }
}

/** Takes from the front of a queue what ended before `limit`. */
function takeEndedBefore(queue: Process[], limit: Nanoseconds): Process[] {
  const first = queue.findIndex((process) => (process.ended?.at ?? 0) > limit);
  return queue.splice(0, first === -1 ? queue.length : first);
}
