/**
 * Replaces a pidfd when no descriptor is left for one (EMFILE, ENFILE): identifies a process by pid and start
 * time. So foster can still end processes, and misses no exit. As soon as there is a descriptor, a pidfd
 * takes over.
 */
import { kill } from './kill.js';
import type { Disposable, Pidfd, WaitStatus } from '../kernel.js';
import { isLiving } from '../proc/process-status.js';
import { parseStat } from '../proc/procfs.js';
import { readProcRecord } from '../proc/proc-file.js';

/** Milliseconds until the next look. No event reports a free descriptor. */
const PAUSE = 250;

/** Opens a pidfd, or throws. */
type Open = () => Pidfd | undefined;

export class NumberedProcess implements Pidfd {
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  /** set once there is a descriptor */
  private pidfd: Pidfd | undefined;

  private constructor(
    readonly pid: number,
    private readonly startTime: number,
    private readonly open: Open,
    private readonly statusOfZombie: () => WaitStatus | undefined,
  ) {}

  /** @returns undefined if there is no such process */
  static of(
    pid: number,
    open: Open,
    statusOfZombie: () => WaitStatus | undefined,
  ): NumberedProcess | undefined {
    const stat = statOf(pid);
    return stat && new NumberedProcess(pid, stat.startTime, open, statusOfZombie);
  }

  /**
   * Signals the process. Between the check and the signal, its pid cannot be reused, unless all other pids
   * are used up meanwhile.
   */
  signal(signal: number): boolean {
    if (this.pidfd !== undefined) return this.pidfd.signal(signal);
    return statOf(this.pid)?.startTime === this.startTime && kill(this.pid, signal);
  }

  exitStatus(): WaitStatus | undefined {
    if (this.pidfd !== undefined) return this.pidfd.exitStatus();
    return statOf(this.pid)?.startTime === this.startTime ? this.statusOfZombie() : undefined;
  }

  onEnd(callback: () => void): Disposable {
    const listener = (): void => callback();
    this.listeners.add(listener);
    this.timer ??= setInterval(() => this.look(), PAUSE);
    return {
      dispose: () => {
        this.listeners.delete(listener);
        if (this.listeners.size === 0) this.rest();
      },
    };
  }

  close(): void {
    this.listeners.clear();
    this.rest();
    this.pidfd?.close();
  }

  private look(): void {
    const stat = statOf(this.pid);
    if (stat?.startTime !== this.startTime || !isLiving(stat)) {
      this.ended();
      return;
    }
    const pidfd = this.open();
    if (pidfd === undefined) return;
    this.rest();
    // its pid may have been reused before the pidfd was open
    if (statOf(this.pid)?.startTime === this.startTime) {
      this.pidfd = pidfd;
      pidfd.onEnd(() => this.ended());
      return;
    }
    pidfd.close();
    this.ended();
  }

  private ended(): void {
    this.rest();
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener();
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function statOf(pid: number): ReturnType<typeof parseStat> {
  const file = readProcRecord(`/proc/${pid}/stat`);
  return file && parseStat(file);
}
