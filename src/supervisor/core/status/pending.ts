/** What is under way and cannot go on by itself, for `pending` and `doctor`. */
import type { Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { holdersOf, waitOf } from './waits.js';

export interface PendingWait {
  /** `event mounted`, `job foo` */
  readonly what: string;
  readonly waitsFor: readonly string[];
}

export function pendingWaits(core: CoreState, now: Milliseconds): readonly PendingWait[] {
  const waits: PendingWait[] = [];
  for (const event of core.events.living.values()) {
    waits.push({ what: `event ${event.name}`, waitsFor: holdersOf(core, event) });
  }
  for (const job of core.jobs.values()) {
    const wait = waitOf(core, job, now);
    if (wait !== undefined) waits.push({ what: `job ${job.label}`, waitsFor: [wait] });
  }
  return waits;
}
