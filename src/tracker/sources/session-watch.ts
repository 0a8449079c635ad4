/**
 * Detects session changes for sources without events for them, by looking them up. A session is inherited at
 * fork and changed only by setsid, which makes the process leader of a session with its own pid.
 */
import type { ProcReader } from '../../kernel/kernel.js';
import type { Nanoseconds, SidEvent } from '../events.js';
import type { Image } from '../model.js';
import { isShell } from '../lineage/program.js';

type Program = Pick<Image, 'argv' | 'executable'>;

/** Programs that make a session for a program that they exec: setsid(1), s6-setsid. */
const MAKES_SESSION = /(^|-)setsid$/;

interface Watched {
  /** its last reported session id */
  readonly session: number;
  readonly creator: number | undefined;
  /** it was forked by a shell */
  readonly ofShell: boolean;
  /** it is a shell */
  readonly isShell: boolean;
  readonly hasExeced: boolean;
}

export class SessionWatch {
  readonly #known = new Map<number, Watched>();

  constructor(private readonly proc: Pick<ProcReader, 'session'>) {}

  /** Starts with a process whose session is known. */
  add(pid: number, session: number): void {
    this.#known.set(pid, { session, creator: undefined, ofShell: false, isShell: false, hasExeced: false });
  }

  has(pid: number): boolean {
    return this.#known.has(pid);
  }

  remove(pid: number): void {
    this.#known.delete(pid);
  }

  clear(): void {
    this.#known.clear();
  }

  /**
   * Processes a fork by `parent`, which is watched. The child's session also reveals its creators': it was
   * born into a session that one of them had made before, and that one may already be gone.
   * @returns what happened before the fork
   */
  forked(parent: number, child: number, time: Nanoseconds): readonly SidEvent[] {
    const creator = this.#known.get(parent);
    const session = creator?.session ?? parent;
    const seen = this.proc.session(child) ?? session;
    const made = seen !== session && seen !== child ? this.#ancestor(parent, seen) : undefined;
    const isShell = creator?.isShell === true;
    this.#known.set(child, {
      session: made ?? session,
      creator: parent,
      ofShell: isShell,
      isShell,
      hasExeced: false,
    });
    return made === undefined ? [] : this.#changed(made, time);
  }

  /**
   * Processes an exec. If the process made its session before, it is like the child of `su`; setsid(1) is
   * exec'd first and then makes the session. If the session is only seen after the exec, setsid came after it
   * where no other program can have made it: a shell makes none, and setsid(1) does nothing else.
   * @param name of the program's file, or empty if unknown
   * @param isStopped whether it is stopped until this returns, so that everything seen came before
   * @returns what happened before the exec, and what after it
   */
  execed(
    pid: number,
    program: Program,
    name: string,
    time: Nanoseconds,
    isStopped: boolean,
  ): { readonly before: readonly SidEvent[]; readonly after: readonly SidEvent[] } {
    const made = this.check(pid, time);
    const watched = this.#known.get(pid);
    if (watched === undefined) return { before: made, after: [] };
    const { hasExeced, ofShell } = watched;
    this.#known.set(pid, { ...watched, isShell: isShell(program), hasExeced: true });
    const isLater = !isStopped && !hasExeced && (ofShell || MAKES_SESSION.test(name));
    return isLater ? { before: [], after: made } : { before: made, after: [] };
  }

  /** Looks at one watched process. */
  check(pid: number, now: Nanoseconds): readonly SidEvent[] {
    const isNew = this.#known.get(pid)?.session !== pid && this.proc.session(pid) === pid;
    return isNew ? this.#changed(pid, now) : [];
  }

  /** Looks at all watched processes. */
  checkAll(now: Nanoseconds): readonly SidEvent[] {
    const events: SidEvent[] = [];
    for (const pid of this.#known.keys()) events.push(...this.check(pid, now));
    return events;
  }

  #ancestor(pid: number, session: number): number | undefined {
    for (let at: number | undefined = pid; at !== undefined; at = this.#known.get(at)?.creator) {
      if (at === session) return at;
    }
    return undefined;
  }

  #changed(pid: number, time: Nanoseconds): readonly SidEvent[] {
    const watched = this.#known.get(pid);
    if (watched !== undefined) this.#known.set(pid, { ...watched, session: pid });
    return [{ type: 'sid', pid, time }];
  }
}
