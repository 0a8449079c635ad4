/** Indexes the processes of a lineage by pid, and the launchers that have any process in it. */
interface Indexed<P> {
  readonly pid: number;
  readonly launcher: P;
}

export class ProcessIndex<Process extends Indexed<Process>> {
  readonly #byPid = new Map<number, Process>();
  /** how many of a launcher's processes are in the table, itself included */
  readonly #counts = new Map<Process, number>();

  get(pid: number): Process | undefined {
    return this.#byPid.get(pid);
  }

  all(): IterableIterator<Process> {
    return this.#byPid.values();
  }

  /** Returns the launchers of all processes in the table: there are few, even with thousands of processes. */
  launchers(): IterableIterator<Process> {
    return this.#counts.keys();
  }

  /** Adds a process; it replaces the former owner of its pid. */
  set(process: Process): void {
    const before = this.#byPid.get(process.pid);
    if (before !== undefined) this.delete(before);
    this.#byPid.set(process.pid, process);
    this.#counts.set(process.launcher, (this.#counts.get(process.launcher) ?? 0) + 1);
  }

  /** Removes a process; does nothing if its pid now belongs to another process. */
  delete(process: Process): void {
    if (this.#byPid.get(process.pid) !== process) return;
    this.#byPid.delete(process.pid);
    const left = (this.#counts.get(process.launcher) ?? 0) - 1;
    if (left > 0) this.#counts.set(process.launcher, left);
    else this.#counts.delete(process.launcher);
  }
}
