/**
 * What a source of events cannot see: jobs that a former supervisor started, and descendants of a process that has got out
 * of its sight. These are followed as the procfs source does; where there are none, nothing is done.
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

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'now'>) {
    this.#procfs = new ProcfsSource(kernel);
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

  /** What this living process of ours does from now on is not seen. */
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

  /** What it has left behind is not seen either, so it counts until the lineage has forgotten it. */
  #hasDescendants(pid: number): boolean {
    return this.#tracker?.lineage.get(pid) !== undefined || this.kernel.proc.isAlive(pid);
  }

  /** Asked at each death and each look, so it may cost as much as there are jobs, not as there are processes. */
  #hasStrangers(): boolean {
    for (const { pid } of this.#tracker?.lineage.launchers() ?? []) if (!this.#launched.has(pid)) return true;
    return false;
  }
}
