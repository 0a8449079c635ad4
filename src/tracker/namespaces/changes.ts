/**
 * From "this process is in these namespaces" to changes with a reason. Pure but for one question: whether a namespace in
 * which no known process is is kept by a mount (`ip netns add`).
 *
 * Neither perf nor /proc tell unshare(2) and setns(2) apart; the number does. A namespace that somebody else was in before,
 * or that a mount keeps, was entered; one that nobody was in has been made.
 */
import { NAMESPACE_KINDS, type NamespaceKind, type Namespaces } from '../../kernel/proc/namespace.js';
import type { NamespaceEvent, Nanoseconds } from '../events.js';

interface Known {
  readonly inodes: Namespaces;
  /** kinds of which nothing has been told of the process itself yet: they are its creator's */
  readonly inherited: ReadonlySet<NamespaceKind>;
}

const ALL_KINDS: ReadonlySet<NamespaceKind> = new Set(NAMESPACE_KINDS);
const NO_KIND: ReadonlySet<NamespaceKind> = new Set();

export interface NamespaceKnowledge {
  /** the supervisor's own: where a process is of which nothing is known */
  readonly own: (kind: NamespaceKind) => number | undefined;
  /** whether this namespace was there before, though no known process is in it; undefined where that cannot be told */
  readonly wasThere: (kind: NamespaceKind, inode: number, pid: number) => boolean | undefined;
  /** the last known process has left this namespace: it is gone by now, or a mount keeps it */
  readonly left: (kind: NamespaceKind, inode: number) => void;
}

export class NamespaceChanges {
  readonly #known = new Map<number, Known>();
  /** how many known processes are in all the namespaces of a set; processes that have changed nothing share their creator's */
  readonly #sharers = new Map<Namespaces, number>();
  /** how many of these sets hold a namespace */
  readonly #holders = new Map<string, number>();

  #ownSet: Namespaces | undefined;

  constructor(private readonly knowledge: NamespaceKnowledge) {}

  /** A process that was there before: where it is now is where it begins. */
  addProcess(pid: number, inodes: Namespaces): void {
    this.#set(pid, { inodes, inherited: new Set() });
  }

  /** What is told next of `child` is compared with its creator's namespaces. */
  forked(parent: number, child: number): void {
    this.#set(child, {
      inodes: this.#known.get(parent)?.inodes ?? this.#own(),
      inherited: ALL_KINDS,
    });
  }

  /**
   * @param inodes where the process is now; kinds that are left out are as they were
   * @returns what has changed, in the order of `inodes`
   */
  update(pid: number, inodes: Namespaces, time: Nanoseconds): readonly NamespaceEvent[] {
    const before = this.#known.get(pid);
    const changes = [...inodes].flatMap(([kind, inode]) => {
      const old = before?.inodes.get(kind) ?? this.knowledge.own(kind);
      if (old === inode) return [];
      const reason = before?.inherited.has(kind) === true ? 'clone' : this.#reason(pid, kind, inode);
      return [{ type: 'namespace' as const, pid, time, kind, old, new: inode, reason }];
    });
    const changed = [...inodes].some(([kind, inode]) => before?.inodes.get(kind) !== inode);
    this.#set(pid, {
      inodes:
        before === undefined || changed ? new Map([...(before?.inodes ?? []), ...inodes]) : before.inodes,
      inherited: inodes.size === ALL_KINDS.size ? NO_KIND : without(before?.inherited ?? NO_KIND, inodes),
    });
    return changes;
  }

  /** Where the process was when it was last heard of. */
  of(pid: number): Namespaces | undefined {
    return this.#known.get(pid)?.inodes;
  }

  remove(pid: number): void {
    const known = this.#known.get(pid);
    if (known === undefined) return;
    this.#known.delete(pid);
    this.#release(known.inodes);
  }

  clear(): void {
    this.#known.clear();
    this.#sharers.clear();
    this.#holders.clear();
  }

  /** Where foster is, as one set, which whoever is started there shares. */
  #own(): Namespaces {
    this.#ownSet ??= new Map(
      NAMESPACE_KINDS.flatMap((kind): [NamespaceKind, number][] => {
        const inode = this.knowledge.own(kind);
        return inode === undefined ? [] : [[kind, inode]];
      }),
    );
    return this.#ownSet;
  }

  #reason(pid: number, kind: NamespaceKind, inode: number): NamespaceEvent['reason'] {
    if (this.#holders.has(`${kind} ${inode}`) || this.knowledge.own(kind) === inode) return 'setns';
    const wasThere = this.knowledge.wasThere(kind, inode, pid);
    if (wasThere === undefined) return 'unknown';
    return wasThere ? 'setns' : 'unshare';
  }

  #set(pid: number, known: Known): void {
    const before = this.#known.get(pid);
    this.#known.set(pid, known);
    if (before?.inodes === known.inodes) return;
    const sharers = this.#sharers.get(known.inodes) ?? 0;
    this.#sharers.set(known.inodes, sharers + 1);
    if (sharers === 0) this.#hold(known.inodes);
    // after the new ones: what it stays in is not left
    if (before !== undefined) this.#release(before.inodes);
  }

  #hold(inodes: Namespaces): void {
    for (const [kind, inode] of inodes) {
      const key = `${kind} ${inode}`;
      this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
    }
  }

  #release(inodes: Namespaces): void {
    const sharers = (this.#sharers.get(inodes) ?? 0) - 1;
    if (sharers > 0) {
      this.#sharers.set(inodes, sharers);
      return;
    }
    this.#sharers.delete(inodes);
    for (const [kind, inode] of inodes) {
      const key = `${kind} ${inode}`;
      const holders = (this.#holders.get(key) ?? 0) - 1;
      if (holders > 0) {
        this.#holders.set(key, holders);
        continue;
      }
      this.#holders.delete(key);
      if (this.knowledge.own(kind) !== inode) this.knowledge.left(kind, inode);
    }
  }
}

function without(kinds: ReadonlySet<NamespaceKind>, told: Namespaces): ReadonlySet<NamespaceKind> {
  return new Set([...kinds].filter((kind) => !told.has(kind)));
}
