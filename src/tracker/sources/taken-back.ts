/**
 * Jobs that a former supervisor started, for a source that sees only what this program has started: they are followed as
 * the procfs source does. Where there are none, nothing is done.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { ProcessEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';
import { ProcfsSource } from './procfs.js';

export class TakenBack {
  readonly #procfs: ProcfsSource;
  #tracker: TrackerView | undefined;
  /** launchers that this program has started */
  readonly #own = new Set<number>();

  constructor(kernel: Pick<Kernel, 'proc' | 'now'>) {
    this.#procfs = new ProcfsSource(kernel);
  }

  start(deliver: (events: readonly ProcessEvent[]) => void, tracker: TrackerView): void {
    this.#tracker = tracker;
    this.#procfs.start(deliver, tracker);
  }

  launched(pid: number): void {
    this.#own.add(pid);
  }

  beforeReap(pid: number): void {
    if (this.#any()) this.#procfs.beforeReap(pid);
  }

  drain(): void {
    if (this.#any()) this.#procfs.drain();
  }

  stop(): void {
    this.#procfs.stop();
    this.#own.clear();
  }

  #any(): boolean {
    const launchers = new Set<number>();
    for (const { launcher } of this.#tracker?.lineage.all() ?? []) launchers.add(launcher.pid);
    for (const pid of this.#own) if (!launchers.has(pid)) this.#own.delete(pid);
    return launchers.size > this.#own.size;
  }
}
