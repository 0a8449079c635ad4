/** Infers which execs must have happened since the last scan, and when. */
import type { ExecEvent, Nanoseconds, ProcessEvent } from '../events.js';
import { DEFAULT_TIMING } from '../follower/timing.js';
import type { Known, KnownProcesses } from './known.js';
import { isSameTitle, programChanged } from './last-seen.js';
import type { SeenProcess, Snapshot } from './snapshot.js';

type Program = Pick<ExecEvent, 'argv' | 'executable'>;

/** Maximum age of an orphan that a re-daemonising main has just left behind. */
const RECENTLY_FORKED: Nanoseconds = 1e9;

/** How long a program counts as starting. */
const STARTING = DEFAULT_TIMING.settle;

export class Programs {
  /** processes that run another program than when last seen, until that has been reported */
  readonly #replaced = new Set<number>();
  /** dead processes for which an unseen exec has been reported */
  readonly #supposed = new Set<number>();

  constructor(
    private readonly known: KnownProcesses,
    private readonly snapshot: Snapshot,
    private readonly report: (event: ProcessEvent) => void,
  ) {
    for (const process of known.all()) if (process.endedAt === undefined) this.#compare(process);
  }

  /**
   * Must be called before the fork of `creator` is reported: an exec comes before the first fork after it,
   * because that child is the successor.
   * @param seen the child, or a descendant of it
   */
  beforeFork(creator: Known, seen: SeenProcess, time: Nanoseconds): void {
    const { pid, lastSeen } = creator;
    const older = lastSeen !== undefined && programChanged(lastSeen, seen) === false;
    if (this.#replaced.has(pid) && !older) this.#reportReplaced(creator, time);
    if (this.#supposed.has(pid) || !this.#daemonisedAgain(seen, creator)) return;
    this.#supposed.add(pid);
    // if it was created at this very moment, the scan began before
    this.report({ type: 'exec', pid, time: Math.min(seen.started, time), ...programOf(creator) });
  }

  /** Reports the exec of a new process, unless it still runs its creator's program. */
  afterFork({ pid, seen }: Known, creator: Known, time: Nanoseconds): void {
    if (seen === undefined || seen.dead) return;
    const argv = this.snapshot.argv(pid);
    const same = isSameTitle(argv, this.#titleOf(creator));
    if (seen.isForkOnly === true) return;
    const changed = seen.isForkOnly === false ? true : this.#differs(seen, creator);
    // with a hidden stack, a mere fork looks the same, but a worker has no workers of its own
    const heir = same && creator.dead && this.#hasChildren(pid);
    if (changed === false || (changed === undefined && !heir)) return;
    // a binary upgrade will be identified by the arguments that its creator was started with
    const program = same ? creator : { argv, executable: this.snapshot.executable(pid) };
    this.report({ type: 'exec', pid, time, ...programOf(program) });
  }

  /** Reports the execs that no fork has followed, and successors. */
  finish(): void {
    for (const pid of [...this.#replaced]) this.#reportReplaced(this.known.get(pid)!, this.snapshot.beganAt);
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
    this.report({ type: 'exec', pid: process.pid, time, ...programOf(process) });
  }

  /**
   * Detects a main that has daemonised again: sshd on HUP and php-fpm on USR2 exec themselves, fork, and
   * exit. What remains is a very young orphan with the name of the dead process. A worker that the dead
   * process has just forked looks the same, but shares its image.
   */
  #daemonisedAgain(orphan: SeenProcess, creator: Known): boolean {
    if (!creator.dead || orphan.dead || this.snapshot.beganAt - orphan.started > RECENTLY_FORKED)
      return false;
    const { seen, lastSeen } = creator;
    if (lastSeen === undefined || (seen ?? lastSeen).comm !== orphan.comm) return false;
    const changed = programChanged(lastSeen, orphan);
    // while it starts, what it leaves behind needs no such explanation
    return changed === true || (changed === undefined && orphan.started - creator.imageSince > STARTING);
  }

  /**
   * Detects a child that was first seen before it had set its title, or had its creator's arguments in
   * another form, and now looks like its creator did. Reports its exec again, so that both have the same
   * arguments.
   */
  #findSuccessors({ argv, executable, lastSeen, process }: Known): void {
    for (const child of process?.children ?? []) {
      const { seen } = this.known.get(child.pid) ?? {};
      if (!child.image.isOwn || seen === undefined || seen.dead || lastSeen === undefined) continue;
      if (lastSeen.comm !== seen.comm || !isSameTitle(this.snapshot.argv(child.pid), lastSeen.title))
        continue;
      if (isSameTitle(child.image.argv, argv)) continue;
      this.report({
        type: 'exec',
        pid: child.pid,
        time: child.image.since,
        ...programOf({ argv, executable }),
      });
    }
  }

  /** Returns its present command line, or the one when it was last seen alive. */
  #titleOf({ pid, seen, lastSeen, argv }: Known): readonly string[] | undefined {
    return (seen?.dead === false ? this.snapshot.argv(pid) : undefined) ?? lastSeen?.title ?? argv;
  }

  /** Tests whether a process runs neither its creator's present image nor the creator's last seen one. */
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
