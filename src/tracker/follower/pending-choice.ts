/**
 * The set of processes to choose from: the successors of a main that has ended and, while an earlier choice
 * is open, the other candidates of that choice.
 */
import { descends, successors } from './candidates.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from './evidence.js';
import type { Candidate, PendingChoice, MainEnd, Successors } from '../model.js';
import type { Timing } from './timing.js';

/**
 * Opens a choice after main has ended.
 * @param before the choice that main was picked from, while that is still open
 */
export function openPendingChoice(
  ending: MainEnd,
  before: PendingChoice | undefined,
  timing: Timing,
  now: Nanoseconds,
): PendingChoice {
  const until = now + timing.settle;
  const earlier = before && (isOpen(before.outer, now) ? before.outer : before);
  if (!isOpen(earlier, now)) return { ending, until, outer: undefined };
  // a tie with candidates of the earlier choice must stand long enough to be reported
  const outer = { ...earlier, outer: undefined, until: Math.max(earlier.until, now + timing.tie) };
  return { ending, until, outer };
}

/**
 * Returns the processes that may be main now: main's successors and, as long as any is alive, those of the
 * earlier choice.
 */
export function openCandidates(
  pending: PendingChoice,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): Successors {
  const { ending, outer } = pending;
  const own = successors(ending, evidence, timing);
  if (!isOpen(outer, now)) return own;
  const { candidates: all, unseen } = successors(outer.ending, evidence, timing);
  const isBelow = ({ process }: Candidate): boolean => descends(process, ending.main);
  if (all.every(isBelow) && !unseen) return own;
  const known = new Set(own.candidates.map(({ process }) => process));
  const candidates = all.filter((candidate) => known.has(candidate.process) || !isBelow(candidate));
  return { ...own, candidates, unseen: unseen || own.unseen };
}

function isOpen(pending: PendingChoice | undefined, now: Nanoseconds): pending is PendingChoice {
  return pending !== undefined && now <= pending.until;
}
