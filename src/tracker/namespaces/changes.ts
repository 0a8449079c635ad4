/**
 * Turns "this process is in these namespaces" into changes with a reason. Pure except for one question:
 * whether a mount keeps a namespace without known processes alive (`ip netns add`).
 *
 * Neither perf nor /proc distinguishes unshare(2) from setns(2); the inode number does. A namespace that
 * another process was in before, or that a mount keeps, was entered; any other is new.
 */
import { NAMESPACE_KINDS, type NamespaceKind, type Namespaces } from '../../kernel/proc/namespace.js';
import type { NamespaceEvent, Nanoseconds } from '../events.js';

interface Known {
  readonly inodes: Namespaces;
  /** kinds not yet reported for this process: they are its creator's */
  readonly inherited: ReadonlySet<NamespaceKind>;
}

const ALL_KINDS: ReadonlySet<NamespaceKind> = new Set(NAMESPACE_KINDS);
const NO_KIND: ReadonlySet<NamespaceKind> = new Set();

export interface NamespaceKnowledge {
  /** the supervisor's own namespace: the default for an unknown process */
  readonly own: (kind: NamespaceKind) => number | undefined;
  /** whether this namespace existed before without a known process; undefined if unknown */
  readonly wasThere: (kind: NamespaceKind, inode: number, pid: number) => boolean | undefined;
  /** called when the last known process has left this namespace: it is gone, or a mount keeps it */
  readonly left: (kind: NamespaceKind, inode: number) => void;
}

export class NamespaceChanges {
  readonly #known = new Map<number, Known>();
  /**
   * how many known processes share each set of namespaces; processes that have changed nothing share their
   * creator's set
   */
  readonly #sharers = new Map<Namespaces, number>();
  /** how many of these sets contain a namespace */
  readonly #holders = new Map<string, number>();

  #ownSet: Namespaces | undefined;

  constructor(private readonly knowledge: NamespaceKnowledge) {}

  /** Enters a process that existed before: its present namespaces are its initial ones. */
  addProcess(pid: number, inodes: Namespaces): void {
    this.#set(pid, { inodes, inherited: new Set() });
  }

  /** Enters a fork. The next report of `child` is compared with its creator's namespaces. */
  forked(parent: number, child: number): void {
    this.#set(child, {
      inodes: this.#known.get(parent)?.inodes ?? this.#own(),
      inherited: ALL_KINDS,
    });
  }

  /**
   * @param inodes where the process is now; omitted kinds are unchanged
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

  /** Returns the last known namespaces of the process. */
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

  /** Returns foster's own namespaces as one set, shared by all processes started there. */
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
    // after the new set: a namespace that it stays in is not left
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

function without(kinds: ReadonlySet<NamespaceKind>, reported: Namespaces): ReadonlySet<NamespaceKind> {
  return new Set([...kinds].filter((kind) => !reported.has(kind)));
}
