/**
 * Notices of adoption for any stream of fork and exit events: whose parent died, and who that was. (The lineage of a job
 * makes its own, since it knows more: which job, and what the parents of parents were.) Pure.
 *
 * Order: the notices follow the exit event that caused them, at once, in the order in which the processes were born.
 */
import type { AdoptedEvent, ProcessEvent } from '../events.js';

/** Who has adopted this process, by /proc; undefined when it is gone. */
export type Adopter = (pid: number) => number | undefined;

export class Adoptions {
  readonly #parents = new Map<number, number>();
  readonly #children = new Map<number, Set<number>>();

  /**
   * @param existing processes that were there before the first event, the older first
   * @param adopter asked once for each adopted process
   */
  constructor(
    existing: Iterable<{ readonly pid: number; readonly parent: number }>,
    private readonly adopter: Adopter,
  ) {
    for (const { pid, parent } of existing) this.#born(pid, parent);
  }

  /** @returns the notices that follow from this event: none unless it is the exit of a process with living children */
  observe(event: ProcessEvent): readonly AdoptedEvent[] {
    if (event.type === 'fork') {
      // the pid recurs: its former bearer has ended unseen
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
