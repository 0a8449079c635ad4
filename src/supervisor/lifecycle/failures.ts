/** What to do about an error in foster's own JavaScript. Pure. */
import type { Milliseconds } from '../core/contract.js';

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
