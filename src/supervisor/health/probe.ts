/** What a probe is: one check of one job. */
import type { Outcome } from './judge.js';

export interface RunningProbe {
  /** Ends the check: nobody wants to know its outcome any more. */
  cancel(): void;
}

/** Begins a check. @param done is called once, unless it is cancelled before, and never before this returns */
export type StartProbe = (timeout: number, done: (outcome: Outcome) => void) => RunningProbe;
