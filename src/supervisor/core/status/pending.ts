/** Lists what is in progress and waits for something, for `pending` and `doctor`. */
import type { Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { describeEvent } from '../events/event.js';
import { progressOf } from './holders.js';
import { waitOf } from './waits.js';

export interface PendingWait {
  /** `event mounted MOUNTPOINT=/`, `job foo`, `command start foo` */
  readonly what: string;
  readonly waitsFor: readonly string[];
}

/** Returns events first, then jobs, then commands with waiting clients. */
export function pendingWaits(core: CoreState, now: Milliseconds): readonly PendingWait[] {
  return [...eventWaits(core), ...jobWaits(core, now), ...commandWaits(core)];
}

function eventWaits(core: CoreState): PendingWait[] {
  return [...core.events.living.values()].map((event) => ({
    what: `event ${describeEvent(event)}`,
    waitsFor: core.holders.of(core, event),
  }));
}

function jobWaits(core: CoreState, now: Milliseconds): PendingWait[] {
  return [...core.jobs.values()].flatMap((job) => {
    const wait = waitOf(core, job, now);
    return wait === undefined ? [] : [{ what: `job ${job.label}`, waitsFor: [wait] }];
  });
}

function commandWaits(core: CoreState): PendingWait[] {
  const emits = [...core.events.living.values()]
    .filter(({ command }) => command !== undefined)
    .map((event) => ({
      what: `command emit ${describeEvent(event)}`,
      waitsFor: [`event ${describeEvent(event)} to be finished`],
    }));
  const others = [...core.jobs.values()].flatMap((job) =>
    job.waiters.flatMap((waiter) =>
      waiter.kind === 'event'
        ? []
        : [{ what: `command ${waiter.verb} ${job.label}`, waitsFor: [progressOf(job)] }],
    ),
  );
  return [...emits, ...others];
}
