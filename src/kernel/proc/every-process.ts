/** Going through all processes of a machine that may have 100,000 of them, without keeping the event loop. */
import { setImmediate as turn } from 'node:timers/promises';

import { directoryEntries } from '../files/directory-entries.js';

/** Milliseconds for which nothing else is done. */
const SLICE = 2;

/** Pids in ascending order, as the kernel lists them; one that begins or ends meanwhile may be missing or not. */
export function* everyPid(): Generator<number> {
  for (const { name } of directoryEntries('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid)) yield pid;
  }
}

/**
 * Goes through items in slices of 2 ms, between which events are served.
 * @param stopped asked after each slice: true ends it
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
