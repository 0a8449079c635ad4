/** The traced threads, by thread id, which for the first thread of a process is its pid. */
import { detach, interrupt, listen, resume, seize, type Seizure } from '../../kernel/process/ptrace.js';

export interface Tracee {
  readonly thread: number;
  /** the process of this thread */
  readonly pid: number;
  readonly launcher: number;
}

export class Tracees {
  readonly #byThread = new Map<number, Tracee>();
  /** launchers whose processes foster detaches from as soon as they stop */
  readonly #releasing = new Set<number>();

  /** Starts tracing a process of this launcher. */
  seize(pid: number, launcher: number): Seizure {
    const result = seize(pid);
    if (result === 'seized') this.add({ thread: pid, pid, launcher });
    return result;
  }

  /** Adds a thread or process that the kernel traces automatically because a tracee created it. */
  add(tracee: Tracee): void {
    this.#byThread.set(tracee.thread, tracee);
  }

  get(thread: number): Tracee | undefined {
    return this.#byThread.get(thread);
  }

  /** Removes a thread or process that has ended, or is no longer traced. */
  remove(thread: number): void {
    const tracee = this.#byThread.get(thread);
    this.#byThread.delete(thread);
    if (tracee !== undefined && !this.traces(tracee.launcher)) this.#releasing.delete(tracee.launcher);
  }

  /**
   * Removes the other threads of a process after an exec has ended them, which the kernel does not report.
   */
  removeOtherThreads(pid: number): void {
    for (const { thread, pid: process } of this.#byThread.values()) {
      if (process === pid && thread !== pid) this.#byThread.delete(thread);
    }
  }

  traces(launcher: number): boolean {
    for (const tracee of this.#byThread.values()) if (tracee.launcher === launcher) return true;
    return false;
  }

  /** Resumes a stopped tracee, or detaches from it, with the signal that it stopped for. */
  resume(tracee: Tracee, signal = 0): void {
    if (this.#releasing.has(tracee.launcher)) this.#detach(tracee, signal);
    else resume(tracee.thread, signal);
  }

  /** Leaves a stopped tracee stopped, as its signal demands. */
  stayStopped(tracee: Tracee): void {
    if (this.#releasing.has(tracee.launcher)) this.#detach(tracee, 0);
    else listen(tracee.thread);
  }

  /** Starts detaching from all processes of this launcher: a running tracee has to be stopped for that. */
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
