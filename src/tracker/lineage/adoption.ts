/**
 * Makes notices of adoption from any stream of fork and exit events: which process was reparented, and who
 * its former parent was. (The lineage of a job makes its own, because it knows more: the job, and the
 * creators further up.) Pure.
 *
 * The notices directly follow the exit event that caused them, in the order in which the processes were born.
 */
import type { AdoptedEvent, ProcessEvent } from '../events.js';

/** Looks up the new parent of a process in /proc; undefined if the process is gone. */
export type Adopter = (pid: number) => number | undefined;

export class Adoptions {
  readonly #parents = new Map<number, number>();
  readonly #children = new Map<number, Set<number>>();

  /**
   * @param existing processes that existed before the first event, oldest first
   * @param adopter called once for each adopted process
   */
  constructor(
    existing: Iterable<{ readonly pid: number; readonly parent: number }>,
    private readonly adopter: Adopter,
  ) {
    for (const { pid, parent } of existing) this.#born(pid, parent);
  }

  /** @returns the notices that follow from this event: none unless a process with living children exited */
  observe(event: ProcessEvent): readonly AdoptedEvent[] {
    if (event.type === 'fork') {
      // the pid was reused: its former owner exited unseen
      if (this.#parents.has(event.child)) this.#died(event.child);
      this.#born(event.child, event.parent);
      return [];
    }
    return event.type === 'exit' ? this.#ended(event.pid, event.time) : [];
  }

  #ended(pid: number, time: number): readonly AdoptedEvent[] {
    const orphans = this.#children.get(pid);
    this.#died(pid);
    if (orphans === undefined) return [];
    return [...orphans].map((orphan) => {
      const newParent = this.adopter(orphan);
      if (newParent === undefined) this.#parents.delete(orphan);
      else this.#born(orphan, newParent);
      const notice = { type: 'adopted', time, pid: orphan, formerParent: pid } as const;
      return newParent === undefined ? notice : { ...notice, newParent };
    });
  }

  #born(pid: number, parent: number): void {
    this.#parents.set(pid, parent);
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, new Set([pid]));
    else siblings.add(pid);
  }

  #died(pid: number): void {
    const parent = this.#parents.get(pid);
    this.#parents.delete(pid);
    this.#children.delete(pid);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent);
    siblings?.delete(pid);
    if (siblings?.size === 0) this.#children.delete(parent);
  }
}
