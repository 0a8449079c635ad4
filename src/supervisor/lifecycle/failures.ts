/** Decides what to do about an error in foster's own JavaScript. Pure. */
import type { Milliseconds } from '../core/contract.js';
import type { Log } from '../log/log.js';
import { messageOf } from '../../text/phrases.js';

/** EX_SOFTWARE of sysexits.h. As an ordinary process foster exits with it, for its own supervisor to restart it. */
export const SOFTWARE_ERROR = 70;

/** What foster logs before it exits as an ordinary process. */
export const GIVING_UP =
  'Failed too often, giving up; the jobs keep running, and the next supervisor recovers them';

/**
 * Up to this many failures within the time lead to a re-exec. If foster fails more often, the cause is in its state.
 */
const LIMIT = 3;
const WINDOW_MS = 60_000;

export interface FailureDecision {
  /** `degrade`: go on without jobs, since PID 1 must not exit */
  readonly answer: 'replace' | 'degrade';
  /** the recent failures, including this one */
  readonly failures: readonly Milliseconds[];
}

/** @param before times of earlier failures, on the clock of `now` */
export function decideFailure(before: readonly Milliseconds[], now: Milliseconds): FailureDecision {
  const failures = [...before.filter((time) => now - time < WINDOW_MS), now];
  return { answer: failures.length > LIMIT ? 'degrade' : 'replace', failures };
}

/** Returns a function that logs ignored errors, each once: an error may recur with every signal or timer. */
export function logOnce(log: Log): (error: unknown) => void {
  const logged = new Set<string>();
  return (error) => {
    const text = messageOf(error);
    if (logged.has(text) || logged.size >= MOST_LOGGED) return;
    logged.add(text);
    log('fatal', `Internal error, ignored: ${text}`);
  };
}

/** A limit, since a message may contain a number that changes each time. */
const MOST_LOGGED = 100;
