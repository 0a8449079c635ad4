/** Which execs must have happened since the last scan, and when. */
import type { ExecEvent, Nanoseconds, ProcessEvent } from '../events.js';
import { DEFAULT_TIMING } from '../follower/timing.js';
import type { Known, KnownProcesses } from './known.js';
import { isSameTitle, programChanged } from './last-seen.js';
import type { SeenProcess, Snapshot } from './snapshot.js';

type Program = Pick<ExecEvent, 'argv' | 'executable'>;

/** How young an orphan is that a main which daemonises anew has just left behind. */
const RECENTLY_FORKED: Nanoseconds = 1e9;

/** How long a program is taken to be starting. */
const STARTING = DEFAULT_TIMING.settle;

export class Programs {
  /** processes that run another program than when they were last seen, until it has been told */
  readonly #replaced = new Set<number>();
  /** dead processes of which an exec has been told that nobody saw */
  readonly #supposed = new Set<number>();

  constructor(
    private readonly known: KnownProcesses,
    private readonly snapshot: Snapshot,
    private readonly now: Nanoseconds,
    private readonly tell: (event: ProcessEvent) => void,
  ) {
    for (const process of known.all()) if (process.endedAt === undefined) this.#compare(process);
  }

  /**
   * To be called before it is told that `creator` has forked: an exec comes before the first process that it forked
   * after it, since what it leaves behind is its heir.
   * @param seen the child, or what it has left behind
   */
  beforeFork(creator: Known, seen: SeenProcess, time: Nanoseconds): void {
    const { pid, lastSeen } = creator;
    const older = lastSeen !== undefined && programChanged(lastSeen, seen) === false;
    if (this.#replaced.has(pid) && !older) this.#reportReplaced(creator, time);
    if (this.#supposed.has(pid) || !this.#daemonisedAgain(seen, creator)) return;
    this.#supposed.add(pid);
    // the scan began before it was created, if that was this very moment
    this.tell({ type: 'exec', pid, time: Math.min(seen.started, time), ...programOf(creator) });
  }

  /** A process that is new runs its creator's program, unless it has exec'd one since. */
  afterFork({ pid, seen }: Known, creator: Known, time: Nanoseconds): void {
    if (seen === undefined || seen.dead) return;
    const argv = this.snapshot.argv(pid);
    const same = isSameTitle(argv, this.#titleOf(creator));
    if (seen.isForkOnly === true) return;
    const changed = seen.isForkOnly === false ? true : this.#differs(seen, creator);
    // what was merely forked looks alike where the stack is hidden, but a worker has no workers of its own
    const heir = same && creator.dead && this.#hasChildren(pid);
    if (changed === false || (changed === undefined && !heir)) return;
    // a binary upgrade is to be recognised by the arguments that its creator was started with
    const program = same ? creator : { argv, executable: this.snapshot.executable(pid) };
    this.tell({ type: 'exec', pid, time, ...programOf(program) });
  }

  /** Tells of the execs before which nothing was forked, and of successors. */
  finish(): void {
    for (const pid of [...this.#replaced]) this.#reportReplaced(this.known.get(pid)!, this.now);
    for (const process of this.known.all()) {
      if (process.dead && process.endedAt === undefined) this.#findSuccessors(process);
    }
  }

  #compare(process: Known): void {
    const { pid, seen, lastSeen } = process;
    if (seen === undefined || seen.dead) return;
    const changed = lastSeen && programChanged(lastSeen, seen);
    const executable = changed === undefined ? this.snapshot.executable(pid) : undefined;
    const other = executable !== undefined && (process.executable ?? executable) !== executable;
    if (changed !== true && !other) return;
    this.#replaced.add(pid);
    process.argv = this.snapshot.argv(pid);
    process.executable = this.snapshot.executable(pid);
  }

  #reportReplaced(process: Known, time: Nanoseconds): void {
    this.#replaced.delete(process.pid);
    this.tell({ type: 'exec', pid: process.pid, time, ...programOf(process) });
  }

  /**
   * sshd on HUP and php-fpm on USR2 exec themselves, fork, and end. What is left is an orphan a moment old, with the name
   * of the dead. A worker that the dead has just forked looks alike, but for the image that it shares with it.
   */
  #daemonisedAgain(orphan: SeenProcess, creator: Known): boolean {
    if (!creator.dead || orphan.dead || this.now - orphan.started > RECENTLY_FORKED) return false;
    const { seen, lastSeen } = creator;
    if (lastSeen === undefined || (seen ?? lastSeen).comm !== orphan.comm) return false;
    const changed = programChanged(lastSeen, orphan);
    // while it starts, what it leaves behind needs no such explanation
    return changed === true || (changed === undefined && orphan.started - creator.imageSince > STARTING);
  }

  /**
   * A child that was seen before it had given itself its title, or had its creator's arguments in another form, and by
   * now looks just as its creator looked: what it exec'd is told anew, so that both are known by the same arguments.
   */
  #findSuccessors({ argv, executable, lastSeen, process }: Known): void {
    for (const child of process?.children ?? []) {
      const { seen } = this.known.get(child.pid) ?? {};
      if (!child.image.isOwn || seen === undefined || seen.dead || lastSeen === undefined) continue;
      if (lastSeen.comm !== seen.comm || !isSameTitle(this.snapshot.argv(child.pid), lastSeen.title))
        continue;
      if (isSameTitle(child.image.argv, argv)) continue;
      this.tell({
        type: 'exec',
        pid: child.pid,
        time: child.image.since,
        ...programOf({ argv, executable }),
      });
    }
  }

  /** The command line that it has, or had when it was last seen alive. */
  #titleOf({ pid, seen, lastSeen, argv }: Known): readonly string[] | undefined {
    return (seen?.dead === false ? this.snapshot.argv(pid) : undefined) ?? lastSeen?.title ?? argv;
  }

  /** Whether a process runs neither the image that its creator runs now nor the one that it was last seen with. */
  #differs(seen: SeenProcess, creator: Known): boolean | undefined {
    const images = [creator.lastSeen, creator.seen].filter((image) => image !== undefined);
    const answers = images.map((image) => programChanged(image, seen));
    if (answers.includes(false)) return false;
    return answers.includes(true) ? true : undefined;
  }

  #hasChildren(pid: number): boolean {
    for (const { parent, dead } of this.snapshot.processes.values()) if (parent === pid && !dead) return true;
    return false;
  }
}

function programOf({ argv, executable }: Pick<Known, 'argv' | 'executable'>): Program {
  return { ...(argv !== undefined && { argv }), ...(executable !== undefined && { executable }) };
}
