/**
 * Session changes for sources that have no event of them: they are asked for. A session is inherited at the fork and
 * changed only by setsid, which makes the process the leader of one that bears its pid.
 */
import type { ProcReader } from '../../kernel/kernel.js';
import type { Nanoseconds, SidEvent } from '../events.js';

export class SessionWatch {
  /** of every followed process, the session id that has been told of it, and its creator */
  readonly #told = new Map<number, { readonly session: number; readonly creator: number | undefined }>();

  constructor(private readonly proc: Pick<ProcReader, 'session'>) {}

  /** Begins with a process whose session is known. */
  add(pid: number, session: number): void {
    this.#told.set(pid, { session, creator: undefined });
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
    const session = this.#told.get(parent)?.session ?? parent;
    const seen = this.proc.session(child) ?? session;
    const made = seen !== session && seen !== child ? this.#ancestor(parent, seen) : undefined;
    this.#told.set(child, { session: made ?? session, creator: parent });
    return made === undefined ? [] : this.#changed(made, time);
  }

  /** Looks at all that are watched. */
  look(now: Nanoseconds): readonly SidEvent[] {
    const events: SidEvent[] = [];
    for (const [pid, { session }] of this.#told) {
      if (session !== pid && this.proc.session(pid) === pid) events.push(...this.#changed(pid, now));
    }
    return events;
  }

  #ancestor(pid: number, session: number): number | undefined {
    for (let at: number | undefined = pid; at !== undefined; at = this.#told.get(at)?.creator) {
      if (at === session) return at;
    }
    return undefined;
  }

  #changed(pid: number, time: Nanoseconds): readonly SidEvent[] {
    this.#told.set(pid, { session: pid, creator: this.#told.get(pid)?.creator });
    return [{ type: 'sid', pid, time }];
  }
}
