/**
 * Decides when to read a descriptor that receives many small messages: at once while they are few, every 5 ms
 * while they are many. A wake-up costs more than a message (14.6 against 4.2 microseconds per event, DESIGN
 * section 3).
 */

import type { DescriptorWatcher, Watch } from '../kernel.js';

/** A read with this many messages makes the next one wait. */
const BUSY_MESSAGES = 16;

/** The same for small reads that follow each other closely: the sum within a pause. */
const BUSY_TOGETHER = 32;

/** At 19,000 events a second, all that two cores can make, 95 events wait this long; the receive buffer holds 40,000. */
const PAUSE_MILLISECONDS = 5;

export class PacedReader {
  private watches: readonly Watch[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** when the reads that are added up began, on the clock of `performance`, and their sum */
  private since = 0;
  private together = 0;

  /**
   * @param fds the descriptors of the messages: perf has one per CPU, read together
   * @param read reads everything and returns the number of messages
   * @param isPatient whether messages are only passed on to a later reader: then it pauses after any of them
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

  /**
   * Pauses for a moment: events that come now are not urgent, and a starting process needs the processors.
   */
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
