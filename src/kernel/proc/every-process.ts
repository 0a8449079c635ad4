/**
 * Iterates over all processes of a machine that may have 100,000 of them, without blocking the event loop.
 */
import { setImmediate as turn } from 'node:timers/promises';

import { directoryEntries } from '../files/directory-entries.js';

/** Maximum milliseconds without serving events. */
const SLICE = 2;

/**
 * Yields pids in ascending order, as the kernel lists them; a process that starts or ends meanwhile may be
 * missing.
 */
export function* everyPid(): Generator<number> {
  for (const { name } of directoryEntries('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid)) yield pid;
  }
}

/**
 * Iterates over items in slices of 2 ms, and serves events in between.
 * @param stopped called after each slice: true ends it
 */
export async function inSlices<Item>(
  items: Iterable<Item>,
  look: (item: Item) => void,
  stopped: () => boolean,
): Promise<void> {
  let end = performance.now() + SLICE;
  for (const item of items) {
    look(item);
    if (performance.now() < end) continue;
    await turn();
    if (stopped()) return;
    end = performance.now() + SLICE;
  }
}
