/**
 * Keeps the FIFOs of a killed foster open until the next one has recovered their jobs, which takes seconds on a busy
 * machine. The kernel drops the contents of a FIFO that no process has open: otherwise the last lines of a job that ends
 * meanwhile would be lost.
 */
import { closeSync } from 'node:fs';
import { openIfFifo } from './channel.js';

export class HeldFifos {
  readonly #held = new Map<string, number>();

  /** @param paths some may be gone, or be something else */
  hold(paths: readonly string[]): void {
    for (const path of paths) {
      const fd = openIfFifo(path);
      if (fd !== undefined) this.#held.set(path, fd);
    }
  }

  /** Closes one that has been opened again, so that a job never needs more descriptors than when it runs. */
  release(path: string): void {
    const fd = this.#held.get(path);
    if (fd === undefined) return;
    this.#held.delete(path);
    closeSync(fd);
  }

  releaseAll(): void {
    for (const path of [...this.#held.keys()]) this.release(path);
  }
}
