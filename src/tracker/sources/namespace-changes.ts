/** perf tells after each fork, unshare and setns in which namespaces a process is; these are the changes. */
import { namespaceOf, type NamespaceKind } from '../../kernel/namespace.js';
import type { NamespaceEvent, Nanoseconds } from '../events.js';

type Inodes = ReadonlyMap<NamespaceKind, number>;

export class NamespaceChanges {
  readonly #inodes = new Map<number, Inodes>();

  /** The first that is told of a child is compared with this. */
  forked(parent: number, child: number): void {
    const inodes = this.#inodes.get(parent);
    if (inodes !== undefined) this.#inodes.set(child, inodes);
    this.#newborn.add(child);
  }

  readonly #newborn = new Set<number>();

  told(pid: number, inodes: Inodes, time: Nanoseconds): readonly NamespaceEvent[] {
    const before = this.#inodes.get(pid);
    this.#inodes.set(pid, inodes);
    const reason = this.#newborn.delete(pid) ? 'clone' : 'unknown';
    return [...inodes].flatMap(([kind, inode]) => {
      const old = before === undefined ? namespaceOf('self', kind) : before.get(kind);
      return old === inode ? [] : [{ type: 'namespace' as const, pid, time, kind, old, new: inode, reason }];
    });
  }

  remove(pid: number): void {
    this.#inodes.delete(pid);
    this.#newborn.delete(pid);
  }

  clear(): void {
    this.#inodes.clear();
    this.#newborn.clear();
  }
}
