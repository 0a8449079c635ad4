import { setTimeout as pause } from 'node:timers/promises';

/** Generous: a loaded machine is no failure. */
const DEADLINE = 10_000;

/** Resolves when the condition holds, which it is asked as often as the event loop turns; false when it never does. */
export async function until(condition: () => boolean): Promise<boolean> {
  const end = performance.now() + DEADLINE;
  while (!condition()) {
    if (performance.now() > end) return false;
    await pause(2);
  }
  return true;
}
