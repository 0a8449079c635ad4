/** Chooses the successor among several candidates (DESIGN section 4, "Several"). */
import { childTowards } from './candidates.js';
import type { Candidate, Choice, Process, Session } from '../model.js';

/** Picks the best candidate after one exit; undefined if there is none. */
export function chooseBest(candidates: readonly Candidate[]): Choice | undefined {
  const [best, ...others] = [...candidates].sort((a, b) => {
    const { sessions, forks } = compare(a, b);
    return sessions || forks;
  });
  if (best === undefined) return undefined;
  const tied = others.some((other) => compare(best, other).sessions === 0);
  return { best, candidates: [best, ...others], tied };
}

/** Tests whether `one` is better than `other`, judged by sessions alone. */
export function beats(one: Candidate, other: Candidate): boolean {
  return compare(one, other).sessions < 0;
}

/** The result of comparing two candidates: negative prefers the first, positive the second. */
interface Comparison {
  readonly sessions: number;
  readonly forks: number;
}

/**
 * Compares two candidates by the sessions that they have left.
 *
 * First counts the session of the program whose end is being decided, then those of programs launched later,
 * as long as both candidates descend from them. Where their ancestry diverges, the branch that was forked
 * last wins.
 */
function compare(a: Candidate, b: Candidate): Comparison {
  let common: Process = a.launches[0].process;
  for (let depth = 0; ; depth++) {
    const [one, other] = [a.launches[depth], b.launches[depth]];
    if (one === undefined || one.process !== other?.process) {
      const branches = childTowards(common, b.process).order - childTowards(common, a.process).order;
      const processes = (other ?? b).process.order - (one ?? a).process.order;
      return { sessions: 0, forks: branches || processes };
    }
    common = one.process;
    const sessions = sessionRank(b.process, one.origin) - sessionRank(a.process, one.origin);
    if (sessions !== 0) return { sessions, forks: 0 };
  }
}

/**
 * Returns 2 if the process has left the origin session, plus 1 if it leads its session or the leader is dead.
 */
function sessionRank(process: Process, origin: Session): number {
  const { leader } = process.session;
  const left = process.session !== origin;
  const daemonised = leader === undefined || leader === process || leader.ended !== undefined;
  return (left ? 2 : 0) + (daemonised ? 1 : 0);
}
