/** As often as a job may be respawned by default: a job that ends without taking the connection would be started for ever. */
import { DEFAULTS } from '../../jobfile/defaults.js';
import type { Milliseconds } from '../core/contract.js';

const MOST = DEFAULTS.respawnLimit;
const INTERVAL: Milliseconds = DEFAULTS.respawnInterval * 1000;

/** Counts what happens within a window that begins with the first of them. */
export class TriggerLimit {
  #windowStart = -Infinity;
  #count = 0;

  /** @returns how long to wait before the next, 0 when this one was not too many */
  count(now: Milliseconds): Milliseconds {
    if (now - this.#windowStart > INTERVAL) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count < MOST ? 0 : this.#windowStart + INTERVAL - now;
  }
}
