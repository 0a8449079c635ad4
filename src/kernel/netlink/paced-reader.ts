/**
 * When to read a descriptor that brings many small messages: at once while they are few, and every 5 ms while they are
 * many, since a wake-up costs more than a message (14.6 against 4.2 microseconds an event, DESIGN section 3).
 */

import type { DescriptorWatcher, Watch } from '../kernel.js';

/** What a reading must bring for the next one to wait. */
const BUSY_MESSAGES = 16;

/** The same for readings of little each that follow closely: what they bring together within a pause. */
const BUSY_TOGETHER = 32;

/** At 19,000 events a second, all that two cores can make, 95 events wait this long; the receive buffer holds 40,000. */
const PAUSE_MILLISECONDS = 5;

export class PacedReader {
  private watches: readonly Watch[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** when the readings began that are counted together, on the clock of `performance`, and what they have brought */
  private since = 0;
  private together = 0;

  /**
   * @param fds the descriptors that bring the messages: perf has one for each CPU, read together
   * @param read reads everything and answers how many messages there were
   * @param isPatient whether messages are only told on, to somebody who reads them later: after any of them it pauses, then
   */
  constructor(
    private readonly watcher: DescriptorWatcher,
    private readonly fds: readonly number[],
    private readonly read: () => number,
    private readonly isPatient: () => boolean = () => false,
  ) {}

  start(): void {
    if (this.watches.length > 0) return;
    this.watches = this.fds.map((fd) => this.watcher.onReadable(fd, () => this.serve()));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const watch of this.watches) watch.dispose();
    this.watches = [];
  }

  /** Looks away for a moment: what comes now is not urgent, and whoever is being started needs the processors. */
  rest(): void {
    if (this.watches.length > 0) this.pause();
  }

  private serve(): void {
    const count = this.read();
    if (this.isBusy(count) || this.countTogether(count) >= BUSY_TOGETHER) this.pause();
  }

  private isBusy(count: number): boolean {
    return count >= BUSY_MESSAGES || (count > 0 && this.isPatient());
  }

  private countTogether(count: number): number {
    const now = performance.now();
    if (now - this.since > PAUSE_MILLISECONDS) {
      this.since = now;
      this.together = 0;
    }
    this.together += count;
    return this.together;
  }

  private pause(): void {
    for (const watch of this.watches) watch.pause();
    if (this.timer === undefined) this.timer = setTimeout(() => this.afterPause(), PAUSE_MILLISECONDS);
    else this.timer.refresh();
  }

  private afterPause(): void {
    if (this.watches.length === 0) return;
    if (this.isBusy(this.read())) return this.pause();
    for (const watch of this.watches) watch.resume();
  }
}
