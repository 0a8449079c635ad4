/** What to do about an error in foster's own JavaScript. Pure. */
import type { Milliseconds } from '../core/contract.js';
import type { Log } from '../log/log.js';

/** EX_SOFTWARE of sysexits.h: an ordinary process leaves it to its own supervisor to start it again. */
export const SOFTWARE_ERROR = 70;

/** The last words of an ordinary process. */
export const ENDING = 'Failed too often: ending; the jobs run on, and the next supervisor takes them back';

/** So many failures within this time are answered by a re-exec; whatever makes foster fail more often is in its state. */
const LIMIT = 3;
const WINDOW_MS = 60_000;

export interface FailureDecision {
  /** `degrade`: go on without jobs, so that PID 1 does not end */
  readonly answer: 'replace' | 'degrade';
  /** this one among them; older ones do not count any more */
  readonly failures: readonly Milliseconds[];
}

/** @param before when it failed before, on the clock of `now` */
export function decideFailure(before: readonly Milliseconds[], now: Milliseconds): FailureDecision {
  const failures = [...before.filter((time) => now - time < WINDOW_MS), now];
  return { answer: failures.length > LIMIT ? 'degrade' : 'replace', failures };
}

/** Logs errors about which nothing is done. One that comes again with every signal or timer may not fill the log. */
export function logOnce(log: Log): (error: unknown) => void {
  const logged = new Set<string>();
  return (error) => {
    const text = error instanceof Error ? error.message : String(error);
    if (logged.has(text) || logged.size >= MOST_LOGGED) return;
    logged.add(text);
    log('fatal', `Internal error, nothing is done about it: ${text}`);
  };
}

/** Messages may have numbers in them. */
const MOST_LOGGED = 100;
