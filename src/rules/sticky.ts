/**
 * Processes that rules leave alone, as requested by `cgexec` and `cgclassify` of libcgroup (option --sticky).
 * Pure, except for reading start times.
 */

/** Flags of a request; observed on the socket of cgrulesengd 2.0.2. */
const STICKY_CHILDREN = 1;
const STICKY_CANCEL = 2;

/** Number of processes after which dead ones are dropped. */
const SWEEP = 256;

interface StickyProcess {
  readonly startTime: number;
  readonly children: boolean;
}

/** Returns when a process began; undefined if it is gone. */
type StartTimeOf = (pid: number) => number | undefined;

export class StickyProcesses {
  readonly #processes = new Map<number, StickyProcess>();
  #sweepAt = SWEEP;

  constructor(private readonly startTimeOf: StartTimeOf) {}

  /**
   * @param flags 0: the process itself stays where it is, its children do not; STICKY_CHILDREN; STICKY_CANCEL
   */
  take(pid: number, flags: number): void {
    if ((flags & STICKY_CANCEL) !== 0) {
      this.#processes.delete(pid);
      return;
    }
    if (this.#processes.size >= this.#sweepAt) this.#sweep();
    const startTime = this.startTimeOf(pid);
    if (startTime !== undefined)
      this.#processes.set(pid, { startTime, children: (flags & STICKY_CHILDREN) !== 0 });
  }

  has(pid: number): boolean {
    const known = this.#processes.get(pid);
    if (known === undefined) return false;
    if (this.startTimeOf(pid) === known.startTime) return true;
    // the pid was reused, or is free
    this.#processes.delete(pid);
    return false;
  }

  /** Drops dead processes, once there are many: exits are not reported here. */
  #sweep(): void {
    for (const pid of [...this.#processes.keys()]) this.has(pid);
    this.#sweepAt = SWEEP + this.#processes.size * 2;
  }

  forked(parent: number, child: number): void {
    if (this.#processes.get(parent)?.children === true && this.has(parent)) this.take(child, STICKY_CHILDREN);
  }
}
