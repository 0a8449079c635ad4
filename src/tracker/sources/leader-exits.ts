/**
 * The exit event of a thread-group leader is not the end of a process that has threads left, and an exec by another
 * thread makes one although the process goes on (DESIGN section 3, order of evidence 4). The events of the other threads
 * are filtered out in the kernel, so such an exit is held back here, and a pidfd tells when the last thread has gone.
 *
 * Only exits of followed processes are looked at, by one system call or one read of /proc/PID/stat each.
 */

import type { Kernel, Pidfd, ProcessStat } from '../../kernel/kernel.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { ExitEvent } from '../events.js';

const NONE: readonly ExitEvent[] = [];

interface HeldExit {
  readonly event: ExitEvent;
  /** undefined for a child of ours that is about to be a zombie: SIGCHLD tells of it, and `takeEnded` is called then */
  readonly pidfd: Pidfd | undefined;
}

export class LeaderExits {
  private readonly held = new Map<number, HeldExit>();

  /** @param onEnd is told, in the event loop, of a held exit whose process has really ended now */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes'>,
    private readonly onEnd: (event: ExitEvent) => void,
  ) {}

  /** @returns true when the process lives on: its exit comes later, through `onEnd`, `takeEnded` or `takeReplaced` */
  hold(event: ExitEvent): boolean {
    this.forget(event.pid);
    // of a child of ours waitid knows, which is quicker: a respawn waits for the answer
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

  /** A thread has exec'd and taken the place of the leader: the process goes on under another program. */
  forget(pid: number): void {
    this.held.get(pid)?.pidfd?.close();
    this.held.delete(pid);
  }

  /** `pid` has been born again, so that what had it before has ended, and was only taken for living because of its heir. */
  takeReplaced(pid: number): ExitEvent | undefined {
    const event = this.held.get(pid)?.event;
    this.forget(pid);
    return event;
  }

  /** Held exits whose processes have ended by now, for a death that is known before the pidfd has woken the event loop. */
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

  /** The status may have been set by another thread after the leader left; the kernel knows once the process was reaped. */
  private take(pid: number): ExitEvent | undefined {
    const held = this.held.get(pid);
    if (held === undefined) return undefined;
    const status = held.pidfd?.exitStatus() ?? held.event.status;
    this.forget(pid);
    return status === undefined ? held.event : { ...held.event, status };
  }
}

/** Its last thread has begun to exit: no exec makes it live on, and it forks no more. */
function isProcessEnd({ exiting, threads }: ProcessStat): boolean {
  return exiting === true && threads === 1;
}
