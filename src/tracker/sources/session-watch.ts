/**
 * Session changes for sources that have no event of them: they are asked for. A session is inherited at the fork and
 * changed only by setsid, which makes the process the leader of one that bears its pid.
 */
import type { ProcReader } from '../../kernel/kernel.js';
import type { Nanoseconds, SidEvent } from '../events.js';
import type { Image } from '../model.js';
import { isShell } from '../lineage/program.js';

type Program = Pick<Image, 'argv' | 'executable'>;

/** Programs that make a session for another one, which they exec: setsid(1), s6-setsid. */
const MAKES_SESSION = /(^|-)setsid$/;

interface Watched {
  /** the session id that has been told of it */
  readonly session: number;
  readonly creator: number | undefined;
  /** it was forked by a shell */
  readonly ofShell: boolean;
  /** it is a shell */
  readonly isShell: boolean;
  readonly hasExeced: boolean;
}

export class SessionWatch {
  readonly #told = new Map<number, Watched>();

  constructor(private readonly proc: Pick<ProcReader, 'session'>) {}

  /** Begins with a process whose session is known. */
  add(pid: number, session: number): void {
    this.#told.set(pid, { session, creator: undefined, ofShell: false, isShell: false, hasExeced: false });
  }

  has(pid: number): boolean {
    return this.#told.has(pid);
  }

  remove(pid: number): void {
    this.#told.delete(pid);
  }

  clear(): void {
    this.#told.clear();
  }

  /**
   * `parent`, which is watched, has forked `child`. What the child shows tells of its creators: it was born into a
   * session that one of them had made by then, and that one may be gone already.
   * @returns what happened before the fork
   */
  forked(parent: number, child: number, time: Nanoseconds): readonly SidEvent[] {
    const creator = this.#told.get(parent);
    const session = creator?.session ?? parent;
    const seen = this.proc.session(child) ?? session;
    const made = seen !== session && seen !== child ? this.#ancestor(parent, seen) : undefined;
    const isShell = creator?.isShell === true;
    this.#told.set(child, {
      session: made ?? session,
      creator: parent,
      ofShell: isShell,
      isShell,
      hasExeced: false,
    });
    return made === undefined ? [] : this.#changed(made, time);
  }

  /**
   * A process has exec'd a program. Whether it was in a session of its own before that tells `su`, whose child makes the
   * session, from setsid(1), which is exec'd to make it. Where the session is seen after the exec only, it is the later
   * if somebody else cannot have made it: a shell never does, and setsid(1) does nothing else.
   * @param name of the program's file, or empty where nobody knows it
   * @param isStopped whether it stands still until this returns, so that all that is seen came before
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
    const watched = this.#told.get(pid);
    if (watched === undefined) return { before: made, after: [] };
    const { hasExeced, ofShell } = watched;
    this.#told.set(pid, { ...watched, isShell: isShell(program), hasExeced: true });
    const isLater = !isStopped && !hasExeced && (ofShell || MAKES_SESSION.test(name));
    return isLater ? { before: [], after: made } : { before: made, after: [] };
  }

  /** Looks at one of those that are watched. */
  check(pid: number, now: Nanoseconds): readonly SidEvent[] {
    const isNew = this.#told.get(pid)?.session !== pid && this.proc.session(pid) === pid;
    return isNew ? this.#changed(pid, now) : [];
  }

  /** Looks at all that are watched. */
  checkAll(now: Nanoseconds): readonly SidEvent[] {
    const events: SidEvent[] = [];
    for (const pid of this.#told.keys()) events.push(...this.check(pid, now));
    return events;
  }

  #ancestor(pid: number, session: number): number | undefined {
    for (let at: number | undefined = pid; at !== undefined; at = this.#told.get(at)?.creator) {
      if (at === session) return at;
    }
    return undefined;
  }

  #changed(pid: number, time: Nanoseconds): readonly SidEvent[] {
    const watched = this.#told.get(pid);
    if (watched !== undefined) this.#told.set(pid, { ...watched, session: pid });
    return [{ type: 'sid', pid, time }];
  }
}
