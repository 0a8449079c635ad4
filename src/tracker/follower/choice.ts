/** Who of several takes over (DESIGN section 4, "Several"). */
import { childTowards } from './candidates.js';
import type { Candidate, Choice, Process, Session } from '../model.js';

/** Picks the best of several for the succession after one ending; undefined when there is none. */
export function chooseBest(candidates: readonly Candidate[]): Choice | undefined {
  const [best, ...others] = [...candidates].sort((a, b) => {
    const { sessions, forks } = compare(a, b);
    return sessions || forks;
  });
  if (best === undefined) return undefined;
  const tied = others.some((other) => compare(best, other).sessions === 0);
  return { best, candidates: [best, ...others], tied };
}

/** Whether the sessions speak for the first, against the second. */
export function beats(one: Candidate, other: Candidate): boolean {
  return compare(one, other).sessions < 0;
}

/** What speaks for one against another: negative for the first, positive for the second. */
interface Comparison {
  readonly sessions: number;
  readonly forks: number;
}

/**
 * Compares by the sessions that the two have left: that of the program whose end is decided first, and then those of
 * programs launched later, as long as both descend from them. Where their ways part, the one that was forked last is ahead.
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

/** 2 for having left the origin, 1 for a session whose leader it is, or whose leader is dead. */
function sessionRank(process: Process, origin: Session): number {
  const { leader } = process.session;
  const left = process.session !== origin;
  const daemonised = leader === undefined || leader === process || leader.ended !== undefined;
  return (left ? 2 : 0) + (daemonised ? 1 : 0);
}
