/** The processes of a lineage by pid, and the launchers that something is known of. */
/** What the index needs to know of a process. */
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

  /** Launchers of which anything is in the table: there are few, where processes may be many thousands. */
  launchers(): IterableIterator<Process> {
    return this.#counts.keys();
  }

  /** Takes the place of whoever had the pid. */
  set(process: Process): void {
    const before = this.#byPid.get(process.pid);
    if (before !== undefined) this.delete(before);
    this.#byPid.set(process.pid, process);
    this.#counts.set(process.launcher, (this.#counts.get(process.launcher) ?? 0) + 1);
  }

  /** Harmless when another process has the pid by now. */
  delete(process: Process): void {
    if (this.#byPid.get(process.pid) !== process) return;
    this.#byPid.delete(process.pid);
    const left = (this.#counts.get(process.launcher) ?? 0) - 1;
    if (left > 0) this.#counts.set(process.launcher, left);
    else this.#counts.delete(process.launcher);
  }
}
