/** The threads that are traced, each by its thread id, which for the first of a process is its pid. */
import { detach, interrupt, listen, resume, seize, type Seizure } from '../../kernel/process/ptrace.js';

export interface Tracee {
  readonly thread: number;
  /** the process that it is a thread of */
  readonly pid: number;
  readonly launcher: number;
}

export class Tracees {
  readonly #byThread = new Map<number, Tracee>();
  /** launchers whose processes are let go of as soon as they stop for us */
  readonly #releasing = new Set<number>();

  /** Begins to trace a process of this launcher. */
  seize(pid: number, launcher: number): Seizure {
    const result = seize(pid);
    if (result === 'seized') this.add({ thread: pid, pid, launcher });
    return result;
  }

  /** The kernel has begun to trace what a tracee has created. */
  add(tracee: Tracee): void {
    this.#byThread.set(tracee.thread, tracee);
  }

  get(thread: number): Tracee | undefined {
    return this.#byThread.get(thread);
  }

  /** A thread or a process has ended, or is not traced any more. */
  remove(thread: number): void {
    const tracee = this.#byThread.get(thread);
    this.#byThread.delete(thread);
    if (tracee !== undefined && !this.traces(tracee.launcher)) this.#releasing.delete(tracee.launcher);
  }

  /** An exec has ended all other threads of a process, without a word of them. */
  removeOtherThreads(pid: number): void {
    for (const { thread, pid: process } of this.#byThread.values()) {
      if (process === pid && thread !== pid) this.#byThread.delete(thread);
    }
  }

  traces(launcher: number): boolean {
    for (const tracee of this.#byThread.values()) if (tracee.launcher === launcher) return true;
    return false;
  }

  /** Lets a waiting tracee go on, or lets go of it, with the signal that it waits for. */
  resume(tracee: Tracee, signal = 0): void {
    if (this.#releasing.has(tracee.launcher)) this.#detach(tracee, signal);
    else resume(tracee.thread, signal);
  }

  /** Leaves a stopped tracee stopped, as its signal wants it. */
  stayStopped(tracee: Tracee): void {
    if (this.#releasing.has(tracee.launcher)) this.#detach(tracee, 0);
    else listen(tracee.thread);
  }

  /** Begins to let go of everything of this launcher: a running tracee has to stop for it. */
  release(launcher: number): void {
    if (this.#releasing.has(launcher)) return;
    const tracees = [...this.#byThread.values()].filter((tracee) => tracee.launcher === launcher);
    if (tracees.length > 0) this.#releasing.add(launcher);
    for (const { thread } of tracees) interrupt(thread);
  }

  launchers(): ReadonlySet<number> {
    return new Set([...this.#byThread.values()].map(({ launcher }) => launcher));
  }

  #detach(tracee: Tracee, signal: number): void {
    detach(tracee.thread, signal);
    this.remove(tracee.thread);
  }
}
