/**
 * Who a process is, for whoever comes after foster: a record is believed on proof alone. Start times are counted in hundredths of
 * a second, in which a small pid namespace may give a number away again; an inode of pidfs is given once.
 */
import type { ProcessCalls, ProcessIdentity, ProcReader } from '../../kernel/kernel.js';

export interface IdentityCalls {
  readonly proc: Pick<ProcReader, 'stat' | 'isAlive'>;
  readonly processes: Pick<ProcessCalls, 'pidfdInode'>;
}

/** Enough for every machine that is not in a storm of processes; beyond it, they are asked for anew. */
const MOST_KNOWN = 10_000;

/** Identities of processes that are saved again and again: an inode costs three system calls. */
export class ProcessIdentities {
  readonly #known = new Map<number, ProcessIdentity>();

  constructor(private readonly calls: IdentityCalls) {}

  /** Undefined when there is no such process; one that has not been reaped is one. */
  of(pid: number): ProcessIdentity | undefined {
    const { proc, processes } = this.calls;
    const startTime = proc.stat(pid)?.startTime;
    const known = this.#known.get(pid);
    if (startTime === undefined || known?.startTime === startTime)
      return startTime === undefined ? undefined : known;
    const inode = processes.pidfdInode(pid);
    const identity = { pid, startTime, ...(inode !== undefined && { inode }) };
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(pid, identity);
    return identity;
  }
}

/** Whether exactly this process is there: alive, or our own child that waits to be reaped, which will say how it ended. */
export function isThere(identity: ProcessIdentity, { proc, processes }: IdentityCalls): boolean {
  const { pid, startTime, inode } = identity;
  if (!proc.isAlive(pid, startTime)) {
    const stat = proc.stat(pid);
    return stat?.startTime === startTime && stat.parent === process.pid;
  }
  const present = inode === undefined ? undefined : processes.pidfdInode(pid);
  // a kernel that has been replaced below a checkpoint, or a container that may not: the start time has to do
  return present === undefined || present === inode;
}
