/**
 * Identifies processes for the next supervisor: by pid and start time and, where possible, by the inode of the pidfd.
 * Start times have a resolution of 10 ms, within which a small pid namespace may recycle a pid; an inode of pidfs is
 * never reused.
 */
import type { ProcessCalls, ProcessIdentity, ProcReader } from '../../kernel/kernel.js';

interface IdentityCalls {
  readonly proc: Pick<ProcReader, 'stat' | 'isAlive'>;
  readonly processes: Pick<ProcessCalls, 'pidfdInode'>;
}

/** Limit of the cache, which is emptied when it is full. */
const MAX_KNOWN = 10_000;

/** Caches the identities of processes, since jobs are saved often, and an inode costs three system calls. */
export class ProcessIdentities {
  readonly #known = new Map<number, ProcessIdentity>();

  constructor(private readonly calls: IdentityCalls) {}

  /** Returns the identity of a process, which may be a zombie; undefined if there is no such process. */
  of(pid: number): ProcessIdentity | undefined {
    const { proc, processes } = this.calls;
    const startTime = proc.stat(pid)?.startTime;
    const known = this.#known.get(pid);
    if (startTime === undefined || known?.startTime === startTime)
      return startTime === undefined ? undefined : known;
    const inode = processes.pidfdInode(pid);
    const identity = { pid, startTime, ...(inode !== undefined && { inode }) };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(pid, identity);
    return identity;
  }
}

/**
 * Returns whether exactly this process exists: alive, or a zombie that is foster's own child, which has its status.
 */
export function processExists(identity: ProcessIdentity, { proc, processes }: IdentityCalls): boolean {
  const { pid, startTime, inode } = identity;
  if (!proc.isAlive(pid, startTime)) {
    const stat = proc.stat(pid);
    return stat?.startTime === startTime && stat.parent === process.pid;
  }
  const present = inode === undefined ? undefined : processes.pidfdInode(pid);
  // without an inode (a checkpoint restored on another kernel, a restricted container) the start time has to suffice
  return present === undefined || present === inode;
}
