/** Reads from /proc what is known of namespaces without known processes. */
import { boundNamespaces, namespaceOf, type NamespaceKind } from '../../kernel/proc/namespace.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';
import type { NamespaceKnowledge } from './changes.js';

/**
 * Each scan looks at every process: half a millisecond with 200 of them. The limit keeps a storm of
 * unshare(2) from using the whole processor.
 */
const SCANS_A_SECOND = 20;
const SECOND: Nanoseconds = 1e9;

/**
 * @param everyoneIsKnown whether all processes of the machine are known by now; then a namespace without a
 * known process has none
 */
export function readKnowledge(
  kernel: Pick<Kernel, 'proc' | 'now'>,
  everyoneIsKnown: () => boolean,
): NamespaceKnowledge {
  const own = new Map<NamespaceKind, number | undefined>();
  // a namespace bound later may have been bound by its own creator before foster could look
  const bound = boundNamespaces();
  const scans = new ScanLimit(kernel.now);
  return {
    own: (kind) => {
      if (!own.has(kind)) own.set(kind, namespaceOf('self', kind));
      return own.get(kind);
    },
    wasThere: (kind, inode, pid) => {
      const link = `${kind}:[${inode}]`;
      // if the mount is gone, it may have been removed before (and the number reused) or after
      if (bound.has(link)) return boundNamespaces().has(link) ? true : undefined;
      if (everyoneIsKnown()) return false;
      if (!scans.permits()) return undefined;
      return kernel.proc.pids().some((other) => {
        if (namespaceOf(other, kind) !== inode) return false;
        return other !== pid && !descends(kernel.proc, other, pid);
      });
    },
    left: (kind, inode) => {
      const link = `${kind}:[${inode}]`;
      if (boundNamespaces().has(link)) bound.add(link);
      else bound.delete(link);
    },
  };
}

function descends(proc: Kernel['proc'], pid: number, ancestor: number): boolean {
  let at: number | undefined = pid;
  while (at !== undefined && at > 1 && at !== ancestor) at = proc.stat(at)?.parent;
  return at === ancestor;
}

class ScanLimit {
  #windowStart = -Infinity;
  #count = 0;

  constructor(private readonly now: () => Nanoseconds) {}

  permits(): boolean {
    const now = this.now();
    if (now - this.#windowStart > SECOND) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= SCANS_A_SECOND;
  }
}
