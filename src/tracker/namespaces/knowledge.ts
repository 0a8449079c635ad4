/** What /proc says of namespaces in which no process that we know of is. */
import { boundNamespaces, namespaceOf, type NamespaceKind } from '../../kernel/proc/namespace.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';
import type { NamespaceKnowledge } from './changes.js';

/** Each is a look at every process, half a millisecond with 200 of them: a storm of unshare(2) is not to take all time. */
const SCANS_A_SECOND = 20;
const SECOND: Nanoseconds = 1e9;

/**
 * @param everyoneIsKnown whether the changes are told of all processes of the machine by now: what none of them is in, none is in
 */
export function readKnowledge(
  kernel: Pick<Kernel, 'proc' | 'now'>,
  everyoneIsKnown: () => boolean,
): NamespaceKnowledge {
  const own = new Map<NamespaceKind, number | undefined>();
  // what is bound later may have been bound by the very process that made it, before we could look
  const bound = boundNamespaces();
  const scans = new ScanLimit(kernel.now);
  return {
    own: (kind) => {
      if (!own.has(kind)) own.set(kind, namespaceOf('self', kind));
      return own.get(kind);
    },
    wasThere: (kind, inode, pid) => {
      const link = `${kind}:[${inode}]`;
      // where it is bound no more, it may have been unbound before (and its number given to another) or after
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
