/**
 * When to read a descriptor that brings many small messages: at once while they are few, and every 5 ms while they are
 * many, since a wake-up costs more than a message (14.6 against 4.2 microseconds an event, DESIGN section 3).
 */

import type { DescriptorWatcher, Watch } from '../kernel.js';

/** What a reading must bring for the next one to wait. */
const BUSY_MESSAGES = 16;

/** At 19,000 events a second, all that two cores can make, 95 events wait this long; the receive buffer holds 40,000. */
const PAUSE_MILLISECONDS = 5;

export class PacedReader {
  private watch: Watch | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param read reads everything and answers how many messages there were */
  constructor(
    private readonly watcher: DescriptorWatcher,
    private readonly fd: number,
    private readonly read: () => number,
  ) {}

  start(): void {
    this.watch ??= this.watcher.onReadable(this.fd, () => this.serve());
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.watch?.dispose();
    this.watch = undefined;
  }

  /** Looks away for a moment: what comes now is not urgent, and whoever is being started needs the processors. */
  rest(): void {
    if (this.watch !== undefined) this.pause();
  }

  private serve(): void {
    if (this.read() >= BUSY_MESSAGES) this.pause();
  }

  private pause(): void {
    this.watch?.pause();
    if (this.timer === undefined) this.timer = setTimeout(() => this.afterPause(), PAUSE_MILLISECONDS);
    else this.timer.refresh();
  }

  private afterPause(): void {
    if (this.watch === undefined) return;
    if (this.read() >= BUSY_MESSAGES) this.pause();
    else this.watch.resume();
  }
}
