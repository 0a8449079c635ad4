import type { EventSource } from './source.js';
import type { Tracker, TrackerOutput } from '../tracker.js';
import { setLongTimeout, type LongTimer } from '../../long-timer.js';

/** Notifies a source when a job has settled: `settle` after its last hand-off, or when its run is over. */
export class SettleWatch {
  /** by job */
  readonly #timers = new Map<string, LongTimer>();

  constructor(
    private readonly tracker: Pick<Tracker, 'follower' | 'timing'>,
    private readonly source: Pick<EventSource, 'onSettled'>,
  ) {}

  /** Processes the tracker's output. */
  note(outputs: readonly TrackerOutput[]): void {
    if (this.source.onSettled === undefined) return;
    for (const output of outputs) {
      if (output.kind !== 'verdict') continue;
      const { verdict, job } = output.verdict;
      if (verdict === 'hand-off') this.#settleIn(job, this.tracker.timing.settle / 1e6);
      else if (verdict === 'died' || verdict === 'ended') this.#settleIn(job, 0);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.dispose();
    this.#timers.clear();
  }

  #settleIn(job: string, milliseconds: number): void {
    this.#timers.get(job)?.dispose();
    const launcher = this.tracker.follower(job)?.launcher;
    if (launcher === undefined) return;
    const timer = setLongTimeout(() => {
      this.#timers.delete(job);
      this.source.onSettled?.(launcher.pid);
    }, milliseconds);
    this.#timers.set(job, timer);
  }
}
