/**
 * Hides threads: the tracker's event stream contains only processes. The connector also reports threads, and
 * an exit event whose thread id is the process id is not the end of a process with remaining threads (DESIGN
 * section 3, order of evidence 4).
 */
export class ThreadFolder {
  /** live threads besides the leader, of processes that have any; `leaderGone` once the leader itself has exited */
  readonly #threads = new Map<number, { readonly others: Set<number>; leaderGone: boolean }>();

  /** Records a fork: the process has one thread, whatever a former one with its pid had. */
  born(process: number): void {
    this.#threads.delete(process);
  }

  /** Records a new thread of `process`. */
  began(process: number, thread: number): void {
    let known = this.#threads.get(process);
    if (known === undefined) this.#threads.set(process, (known = { others: new Set(), leaderGone: false }));
    known.others.add(thread);
  }

  /** Records an exec, which ends all threads except one. */
  execd(process: number): void {
    this.#threads.delete(process);
  }

  /** Records a thread's exit. Returns true if that is the end of its process. */
  exited(process: number, thread: number): boolean {
    const known = this.#threads.get(process);
    if (known === undefined) return thread === process;
    if (thread === process) known.leaderGone = true;
    else known.others.delete(thread);
    if (!known.leaderGone || known.others.size > 0) return false;
    this.#threads.delete(process);
    return true;
  }
}
