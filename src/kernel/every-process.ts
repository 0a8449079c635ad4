/** Going through all processes of a machine that may have 100,000 of them, without keeping the event loop. */
import { opendirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

/** Entries that are read at once: a third of a millisecond. */
const ENTRIES = 128;

/** Milliseconds for which nothing else is done. */
const SLICE = 2;

/** Pids in ascending order, as the kernel lists them; one that begins meanwhile may be missing. */
export function* everyPid(): Generator<number> {
  const directory = opendirSync('/proc', { bufferSize: ENTRIES });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const pid = Number(entry.name);
      if (Number.isInteger(pid)) yield pid;
    }
  } finally {
    directory.closeSync();
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
