/**
 * Holds processes so that foster never signals a stranger that reused a pid. The pid of our own child stays
 * taken until foster reaps it; any other process is held by a pidfd, which also reports its exit.
 */
import type { Kernel, Pidfd, WaitStatus } from '../../kernel/kernel.js';
import type { Process } from '../model.js';
import type { Tracker } from '../tracker.js';

export class ProcessHandles {
  /** pidfds of processes that are not our children, by pid */
  readonly #watched = new Map<number, Pidfd>();
  /** foster's own process group, which it never leaves */
  #ownGroup: number | undefined;

  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes'>,
    private readonly tracker: Pick<Tracker, 'self' | 'lineage' | 'jobOf' | 'follower'>,
    /** tests whether exactly this process is alive, not another one with its pid */
    readonly isAlive: (process: Process) => boolean,
  ) {}

  /**
   * Watches for the exit of a process that is not our child: one of a former supervisor, or one below its own
   * subreaper. Does nothing for a child of ours, because foster reaps it.
   */
  watch(pid: number, ended: (status: WaitStatus | undefined) => void): void {
    if (this.#watched.has(pid) || this.kernel.proc.stat(pid)?.parent === this.tracker.self) return;
    const pidfd = this.kernel.processes.openPidfd(pid);
    if (pidfd === undefined) {
      ended(undefined);
      return;
    }
    pidfd.onEnd(() => {
      const status = pidfd.exitStatus();
      this.#watched.delete(pid);
      pidfd.close();
      ended(status);
    });
    this.#watched.set(pid, pidfd);
  }

  /**
   * Opens a pidfd of exactly this process; the caller closes it. Returns undefined if the process is dead.
   */
  hold(process: Process): Pidfd | undefined {
    const pidfd = this.kernel.processes.openPidfd(process.pid);
    // checked after the pidfd is open: from then on it refers to this process or to none
    if (pidfd === undefined || this.isAlive(process)) return pidfd;
    pidfd.close();
    return undefined;
  }

  /** Signals an unreaped process of a job, or its process group. */
  signal(pid: number, signal: number, whole: 'group' | 'process'): void {
    const { processes } = this.kernel;
    const held = this.#watched.get(pid);
    // signal 0 tests whether it is alive, and does not reap it
    if (held !== undefined && !held.signal(0)) return;
    const found = whole === 'group' ? this.groupOf(pid) : undefined;
    // a process started by hand in a shell may share its group with strangers
    const group = this.#isAttached(pid) && found !== pid ? undefined : found;
    if (group === undefined) {
      if (held === undefined) processes.kill(pid, signal);
      else held.signal(signal);
    } else if (group === pid && held?.signalGroup !== undefined) held.signalGroup(signal);
    else processes.killGroup(group, signal);
  }

  /**
   * Returns the process group of a living process; undefined for foster's own group, which must never be
   * signalled.
   */
  groupOf(pid: number): number | undefined {
    const group = this.kernel.proc.stat(pid)?.group;
    this.#ownGroup ??= this.kernel.proc.stat(this.tracker.self)?.group;
    return group === this.#ownGroup ? undefined : group;
  }

  /** Returns the command line of a living process, or its process title. */
  argumentsOf(pid: number): readonly string[] | undefined {
    return this.kernel.proc.arguments(pid);
  }

  close(): void {
    for (const pidfd of this.#watched.values()) pidfd.close();
    this.#watched.clear();
  }

  #isAttached(pid: number): boolean {
    const process = this.tracker.lineage.get(pid);
    const job = process && this.tracker.jobOf(process);
    const follower = job === undefined ? undefined : this.tracker.follower(job);
    return follower?.attached === true && follower.main === process;
  }
}
