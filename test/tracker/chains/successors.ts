/** Who may take over from a main that has ended, and what speaks for whom: over the whole history at once. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { branchBelow, imageAt, leaderAt, livesAt, type Being } from './history.js';

/**
 * The living processes below `former` none of whose creators lives.
 * @param late how long after its death a process seems alive
 * @param orphaned when the last creator of `former`'s children ended, `former` included
 */
export function rootsBelow(
  former: Being,
  at: Nanoseconds,
  late: Nanoseconds,
  orphaned = former.end?.at ?? at,
): Being[] {
  return former.children.flatMap((child) => {
    if (child.born > at) return [];
    if (child.end === undefined || at < child.end.at) return [child];
    const end = child.end.at;
    const below = rootsBelow(child, at, late, Math.max(orphaned, end)).filter((root) => {
      // it was main for a moment, and exec'd itself in it
      const image = imageAt(child, end);
      return !image.own || image.since <= orphaned || branchBelow(child, root).born >= image.since;
    });
    if (at < end + late) return [child, ...below];
    return child.end.status === 0 ? below : [];
  });
}

/** All that is left below `former`: also what cannot take over, because a creator failed. */
export function leftBelow(former: Being, at: Nanoseconds, late: Nanoseconds): Being[] {
  return former.children.flatMap((child) => {
    if (child.born > at) return [];
    if (child.end === undefined || at < child.end.at) return [child];
    const below = leftBelow(child, at, late);
    return at < child.end.at + late ? [child, ...below] : below;
  });
}

/** By its session: 2 for having left the session of the program that was launched, 1 for one whose leader it is, or is dead. */
export function rankOf(being: Being, { origin }: { readonly origin: Being }, at: Nanoseconds): number {
  const leader = leaderAt(being, at);
  const left = leader !== origin;
  return (left ? 2 : 0) + (leader === being || !livesAt(leader, at) ? 1 : 0);
}

/**
 * The rank of a process as it may seem: its creator that has just died is the candidate as long as it seems alive.
 * @param late how long after its death a process seems alive
 */
export function seemingRank(
  being: Being,
  succession: { readonly origin: Being; readonly former: Being },
  at: Nanoseconds,
  late: Nanoseconds,
): number {
  let rank = rankOf(being, succession, at);
  for (let above = being.creator; above !== undefined && above !== succession.former; above = above.creator) {
    if ((above.end?.at ?? at) + late > at) rank = Math.min(rank, rankOf(above, succession, at));
  }
  return rank;
}

export function isUpgrade(being: Being, former: Being, at: Nanoseconds): boolean {
  const [own, old] = [imageAt(being, at), imageAt(former, at)];
  const same = own.own && own.argv?.join(' ') === old.argv?.join(' ');
  return being.creator === former && same && leaderAt(being, at) === leaderAt(former, at);
}

/** Who took over when `former` ended: `being`, or one of its creators that lived then and has ended since. */
export function firstOnTheWay(former: Being, being: Being, end: Nanoseconds): Being {
  const way = [being];
  for (let at = being.creator; at !== undefined && at !== former; at = at.creator) way.unshift(at);
  return way.find((one) => livesAt(one, end)) ?? being;
}
