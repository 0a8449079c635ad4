/** Waiting for what happens in other processes, in a time that does not depend on the machine's load. */
import { setTimeout as pause } from 'node:timers/promises';

/** Generous: a loaded machine is no failure. */
const DEADLINE_MS = 45_000;

/** Long enough not to compete with what is waited for, short enough that no test is slow by it. */
const INTERVAL_MS = 10;

/**
 * Asks until there is an answer.
 * @param what for the error, as in "waited for ..."
 * @param ask answers undefined or false as long as it is not so
 * @throws when that takes longer than 45 s
 */
export async function until<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
): Promise<Exclude<Answer, undefined | false>> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<Answer, undefined | false>;
    if (performance.now() > end) throw new Error(`waited ${DEADLINE_MS / 1000} s in vain for ${what}`);
    await pause(INTERVAL_MS);
  }
}
