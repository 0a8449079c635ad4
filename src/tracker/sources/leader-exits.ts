/**
 * Holds back exit events of thread-group leaders. Such an event is not the end of a process with remaining
 * threads, and an exec by another thread causes one although the process goes on (DESIGN section 3, order of
 * evidence 4). The kernel filter drops the events of other threads, so a pidfd reports when the last thread
 * has gone.
 *
 * Only exits of followed processes are checked, by one system call or one read of /proc/PID/stat each.
 */

import type { Kernel, Pidfd, ProcessStat } from '../../kernel/kernel.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { ExitEvent } from '../events.js';

const NONE: readonly ExitEvent[] = [];

interface HeldExit {
  readonly event: ExitEvent;
  /**
   * undefined for a child of ours that is about to become a zombie: SIGCHLD reports it, and then `takeEnded`
   * is called
   */
  readonly pidfd: Pidfd | undefined;
}

export class LeaderExits {
  private readonly held = new Map<number, HeldExit>();

  /** @param onEnd called from the event loop when the process of a held exit has really ended */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes'>,
    private readonly onEnd: (event: ExitEvent) => void,
  ) {}

  /**
   * @returns true if the process lives on: its exit comes later, through `onEnd`, `takeEnded` or
   * `takeReplaced`
   */
  hold(event: ExitEvent): boolean {
    this.forget(event.pid);
    // for a child of ours, waitid is faster: a respawn waits for the answer
    const isOurs = event.parent === process.pid;
    if (isOurs && this.kernel.processes.hasEnded(event.pid)) return false;
    const stat = this.kernel.proc.stat(event.pid);
    if (stat === undefined || !isLiving(stat)) return false;
    if (isOurs && isProcessEnd(stat)) {
      this.held.set(event.pid, { event, pidfd: undefined });
      return true;
    }
    const pidfd = this.kernel.processes.openPidfd(event.pid);
    if (pidfd === undefined) return false;
    pidfd.onEnd(() => {
      const ended = this.take(event.pid);
      if (ended !== undefined) this.onEnd(ended);
    });
    this.held.set(event.pid, { event, pidfd });
    return true;
  }

  /**
   * Forgets a held exit: a thread has exec'd and replaced the leader, so the process goes on with another
   * program.
   */
  forget(pid: number): void {
    this.held.get(pid)?.pidfd?.close();
    this.held.delete(pid);
  }

  /**
   * Returns the held exit of a pid that was reused: its former owner has ended, and only seemed alive because
   * of the new one.
   */
  takeReplaced(pid: number): ExitEvent | undefined {
    const event = this.held.get(pid)?.event;
    this.forget(pid);
    return event;
  }

  /**
   * Returns held exits whose processes have ended by now, for an exit that is known before the pidfd has
   * woken the event loop.
   */
  takeEnded(): readonly ExitEvent[] {
    if (this.held.size === 0) return NONE;
    const ended = [...this.held].filter(([pid, { pidfd }]) =>
      pidfd === undefined ? this.kernel.processes.hasEnded(pid) : !this.livesOn(pid),
    );
    return ended.flatMap(([pid]) => this.take(pid) ?? []);
  }

  clear(): void {
    for (const pid of [...this.held.keys()]) this.forget(pid);
  }

  private livesOn(pid: number): boolean {
    const stat = this.kernel.proc.stat(pid);
    return stat !== undefined && isLiving(stat);
  }

  /**
   * Takes a held exit. Another thread may have set the status after the leader's exit; the kernel knows it
   * once the process was reaped.
   */
  private take(pid: number): ExitEvent | undefined {
    const held = this.held.get(pid);
    if (held === undefined) return undefined;
    const status = held.pidfd?.exitStatus() ?? held.event.status;
    this.forget(pid);
    return status === undefined ? held.event : { ...held.event, status };
  }
}

/** Tests whether its last thread is exiting: no exec can revive it, and it forks no more. */
function isProcessEnd({ exiting, threads }: ProcessStat): boolean {
  return exiting === true && threads === 1;
}
