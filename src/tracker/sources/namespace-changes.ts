/** perf tells after each fork, unshare and setns in which namespaces a process is; these are the changes. */
import { namespaceOf, type NamespaceKind } from '../../kernel/namespace.js';
import type { NamespaceEvent, Nanoseconds } from '../events.js';

type Inodes = ReadonlyMap<NamespaceKind, number>;

interface Known {
  readonly inodes: Inodes | undefined;
  /** nothing has been told of the process itself yet: these are its creator's */
  readonly inherited: boolean;
}

export class NamespaceChanges {
  readonly #known = new Map<number, Known>();

  /** What is told next of `child` is compared with its creator's namespaces. */
  forked(parent: number, child: number): void {
    this.#known.set(child, { inodes: this.#known.get(parent)?.inodes, inherited: true });
  }

  /** Unshare and setns look alike: a new namespace is only known to be another one. */
  told(pid: number, inodes: Inodes, time: Nanoseconds): readonly NamespaceEvent[] {
    const before = this.#known.get(pid);
    this.#known.set(pid, { inodes, inherited: false });
    const reason = before?.inherited === true ? 'clone' : 'unknown';
    return [...inodes].flatMap(([kind, inode]) => {
      // what is not known to differ has the supervisor's
      const old = before?.inodes === undefined ? namespaceOf('self', kind) : before.inodes.get(kind);
      return old === inode ? [] : [{ type: 'namespace' as const, pid, time, kind, old, new: inode, reason }];
    });
  }

  remove(pid: number): void {
    this.#known.delete(pid);
  }

  clear(): void {
    this.#known.clear();
  }
}
