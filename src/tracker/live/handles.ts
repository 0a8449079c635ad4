/**
 * Holds processes so that no stranger is signalled, whatever becomes of their pids. The number of our own child cannot pass to
 * a stranger before foster reaps it; any other process is held by a pidfd, which also reports its end.
 */
import type { Kernel, Pidfd, WaitStatus } from '../../kernel/kernel.js';
import type { Process } from '../model.js';
import type { Tracker } from '../tracker.js';

export class ProcessHandles {
  /** pidfds of processes that are not our children, by pid */
  readonly #watched = new Map<number, Pidfd>();

  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes'>,
    private readonly tracker: Pick<Tracker, 'self' | 'lineage' | 'jobOf' | 'follower'>,
    /** whether exactly this process lives, not another one with its pid */
    readonly isAlive: (process: Process) => boolean,
  ) {}

  /**
   * Has the end of a process reported that is not our child: one of a former supervisor, or one below a subreaper of its own.
   * A child of ours is reaped, and is left to that.
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

  /** Holds exactly this process; the caller closes the pidfd. Returns undefined when it lives no more. */
  hold(process: Process): Pidfd | undefined {
    const pidfd = this.kernel.processes.openPidfd(process.pid);
    // looked at after the pidfd is open: from then on it is this process or none
    if (pidfd === undefined || this.isAlive(process)) return pidfd;
    pidfd.close();
    return undefined;
  }

  /** Signals a process of a job that has not been reaped, or the group that it is in. */
  signal(pid: number, signal: number, whole: 'group' | 'process'): void {
    const { processes } = this.kernel;
    const held = this.#watched.get(pid);
    // signal 0 asks whether it lives, and does not reap it
    if (held !== undefined && !held.signal(0)) return;
    const found = whole === 'group' ? this.groupOf(pid) : undefined;
    // whom somebody started in a shell shares its group with strangers
    const group = this.#isAttached(pid) && found !== pid ? undefined : found;
    if (group === undefined) {
      if (held === undefined) processes.kill(pid, signal);
      else held.signal(signal);
    } else if (group === pid && held?.signalGroup !== undefined) held.signalGroup(signal);
    else processes.killGroup(group, signal);
  }

  /** The process group of a living process; undefined when it is the supervisor's own, which is never to be signalled. */
  groupOf(pid: number): number | undefined {
    const group = this.kernel.proc.stat(pid)?.group;
    return group === this.kernel.proc.stat(this.tracker.self)?.group ? undefined : group;
  }

  /** What a living process was started with, or the title that it has given itself. */
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
