/**
 * Processes that rules leave alone, as `cgexec` and `cgclassify` of libcgroup ask for (their option --sticky). Pure, but for
 * what tells one process from a later one of the same number.
 */

/** What a request says, as a set of bits; observed on the socket of cgrulesengd 2.0.2. */
export const STICKY_CHILDREN = 1;
export const STICKY_CANCEL = 2;

/** So many processes are kept before those that are gone are looked for. */
const SWEEP = 256;

interface StickyProcess {
  readonly startTime: number;
  readonly children: boolean;
}

/** When a process began; undefined when it is gone. */
export type StartTimeOf = (pid: number) => number | undefined;

export class StickyProcesses {
  readonly #processes = new Map<number, StickyProcess>();
  #sweepAt = SWEEP;

  constructor(private readonly startTimeOf: StartTimeOf) {}

  /** @param flags 0: the process itself stays where it is, its children do not; STICKY_CHILDREN; STICKY_CANCEL */
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
    // the number has passed to another process, or to nobody
    this.#processes.delete(pid);
    return false;
  }

  /** Ends are not listened to: those that are gone are looked for when there are many. */
  #sweep(): void {
    for (const pid of [...this.#processes.keys()]) this.has(pid);
    this.#sweepAt = SWEEP + this.#processes.size * 2;
  }

  forked(parent: number, child: number): void {
    if (this.#processes.get(parent)?.children === true && this.has(parent)) this.take(child, STICKY_CHILDREN);
  }
}
