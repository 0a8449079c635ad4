/**
 * Finds out how the intermediate processes of a starting job ended. Their exit status reveals a failure on
 * the way to the daemon, but only their own parent receives it. A pidfd opened before the exit can read it
 * afterwards (Linux 6.15).
 */
import type { Kernel, Pidfd, WaitStatus } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';
import { DEFAULT_TIMING } from '../follower/timing.js';

/** The maximum duration of a start: later, an unknown status decides nothing. */
const STARTING = DEFAULT_TIMING.start;

/** Descriptors per job: postfix forks 69 times while it starts, others once or twice. */
const MAX_PIDFDS = 128;

interface Start {
  readonly began: Nanoseconds;
  readonly pidfds: Map<number, Pidfd>;
}

export class EarlyStatuses {
  /** by launcher */
  readonly #starts = new Map<number, Start>();
  /** by process */
  readonly #startOf = new Map<number, Start>();

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'processes' | 'now'>) {}

  begin(launcher: number): void {
    this.end(launcher);
    const now = this.kernel.now();
    for (const [other, { began }] of this.#starts) if (now - began > STARTING) this.end(other);
    const start = { began: now, pidfds: new Map<number, Pidfd>() };
    this.#starts.set(launcher, start);
    this.#startOf.set(launcher, start);
  }

  end(launcher: number): void {
    const start = this.#starts.get(launcher);
    if (start === undefined) return;
    this.#starts.delete(launcher);
    for (const pidfd of start.pidfds.values()) pidfd.close();
    for (const [pid, other] of this.#startOf) if (other === start) this.#startOf.delete(pid);
  }

  clear(): void {
    for (const launcher of [...this.#starts.keys()]) this.end(launcher);
  }

  forked(parent: number, child: number): void {
    const start = this.#startOf.get(parent);
    if (start === undefined || start.pidfds.size >= MAX_PIDFDS) return;
    const pidfd = this.kernel.processes.openPidfd(child);
    if (pidfd === undefined) return;
    start.pidfds.set(child, pidfd);
    this.#startOf.set(child, start);
  }

  /** Returns the exit status of a process that has ended, if available. */
  take(pid: number): WaitStatus | undefined {
    const start = this.#startOf.get(pid);
    const pidfd = start?.pidfds.get(pid);
    const zombie = this.kernel.proc.stat(pid);
    // the kernel shows 0 to processes without permission
    const shown = zombie?.state === 'Z' && zombie.exitCode !== 0 ? zombie.exitCode : undefined;
    if (pidfd === undefined) return shown;
    start?.pidfds.delete(pid);
    const status = pidfd.exitStatus();
    pidfd.close();
    return status ?? shown;
  }
}
