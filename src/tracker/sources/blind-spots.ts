/**
 * Covers what a source of events cannot see: jobs that a former supervisor started, and descendants of a
 * process that the source has lost. Follows these with the procfs source; without any, does nothing.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { ProcessEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';
import { ProcfsSource } from './procfs.js';

export class BlindSpots {
  readonly #procfs: ProcfsSource;
  #tracker: TrackerView | undefined;
  /** launchers that this program has started */
  readonly #launched = new Set<number>();
  /** processes whose descendants are not seen */
  readonly #lost = new Set<number>();

  /** @param readQueue delivers what the source has queued; before `drain`, the source has done that itself */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'now'>,
    readQueue: () => void,
  ) {
    this.#procfs = new ProcfsSource(kernel, readQueue);
  }

  start(deliver: (events: readonly ProcessEvent[]) => void, tracker: TrackerView): void {
    this.#tracker = tracker;
    this.#procfs.start(deliver, tracker);
  }

  launched(pid: number): void {
    const { lineage } = this.#tracker ?? {};
    for (const other of this.#launched) if (lineage?.get(other) === undefined) this.#launched.delete(other);
    this.#launched.add(pid);
  }

  /** Records that this living process of ours is invisible to the source from now on. */
  lost(pid: number): void {
    this.#lost.add(pid);
    this.#procfs.scanSoon();
  }

  beforeReap(pid: number): void {
    if (this.#any()) this.#procfs.beforeReap(pid);
  }

  drain(): void {
    if (this.#any()) this.#procfs.drain();
  }

  stop(): void {
    this.#procfs.stop();
    this.#launched.clear();
    this.#lost.clear();
  }

  #any(): boolean {
    for (const pid of this.#lost) if (!this.#hasDescendants(pid)) this.#lost.delete(pid);
    return this.#lost.size > 0 || this.#hasStrangers();
  }

  /**
   * Tests whether a lost process may still have descendants: they are invisible, too, so it counts until the
   * lineage has forgotten it.
   */
  #hasDescendants(pid: number): boolean {
    return this.#tracker?.lineage.get(pid) !== undefined || this.kernel.proc.isAlive(pid);
  }

  /**
   * Tests for launchers that this program has not started. Called at each exit and each look, so its cost
   * must depend on the number of jobs, not of processes.
   */
  #hasStrangers(): boolean {
    for (const { pid } of this.#tracker?.lineage.launchers() ?? []) if (!this.#launched.has(pid)) return true;
    return false;
  }
}
