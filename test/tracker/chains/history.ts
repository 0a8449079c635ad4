/** What really happened to the processes of a launch: the truth, from which both the trace and the judgement are made. */
import type { Nanoseconds } from '../../../src/tracker/events.js';

/** A process, as it really was. */
export interface Being {
  readonly pid: number;
  /** undefined for the launcher, which the supervisor made */
  readonly creator: Being | undefined;
  readonly born: Nanoseconds;
  readonly children: Being[];
  setsid: Nanoseconds | undefined;
  readonly execs: { readonly at: Nanoseconds; readonly argv: readonly string[] }[];
  /** threads beside the first one; those that stay live as long as the process, or until it execs */
  readonly threads: {
    readonly id: number;
    readonly from: Nanoseconds;
    readonly until: Nanoseconds | undefined;
  }[];
  end: { readonly at: Nanoseconds; readonly status: number } | undefined;
  /** when the first thread left, if it did so before the others */
  leaderLeft: Nanoseconds | undefined;
}

export interface History {
  readonly beings: readonly Being[];
  /** the launcher, and whoever was truly main, or on the way to it, after it */
  readonly line: readonly Being[];
  /** when foster asked main to end */
  readonly asked: Nanoseconds | undefined;
}

export function livesAt(being: Being, at: Nanoseconds): boolean {
  return being.born <= at && (being.end === undefined || at < being.end.at);
}

/** The leader of the session that the process is in. */
export function leaderAt(being: Being, at: Nanoseconds): Being {
  if (being.setsid !== undefined && being.setsid <= at) return being;
  return being.creator === undefined ? being : leaderAt(being.creator, being.born);
}

export interface TrueImage {
  readonly since: Nanoseconds;
  /** when it was exec'd, by whomever */
  readonly exec: Nanoseconds;
  readonly own: boolean;
  readonly argv: readonly string[] | undefined;
}

export function imageAt(being: Being, at: Nanoseconds): TrueImage {
  const exec = being.execs.findLast((known) => known.at <= at);
  if (exec !== undefined) return { since: exec.at, exec: exec.at, own: true, argv: exec.argv };
  const inherited = being.creator && imageAt(being.creator, being.born);
  const since = being.born;
  return { since, exec: inherited?.exec ?? since, own: being.creator === undefined, argv: inherited?.argv };
}

export function descendants(being: Being): Being[] {
  return being.children.flatMap((child) => [child, ...descendants(child)]);
}

/** The next of the true line that lives when `former` ends; undefined when one before it failed. */
export function heirAt({ line }: History, former: Being, at: Nanoseconds): Being | undefined {
  for (const being of line.slice(line.indexOf(former) + 1)) {
    if (livesAt(being, at)) return being;
    if (being.end?.status !== 0) return undefined;
  }
  return undefined;
}

/** The child of `former` that `being` descends from, or is. */
export function branchBelow(former: Being, being: Being): Being {
  let branch = being;
  while (branch.creator !== undefined && branch.creator !== former) branch = branch.creator;
  return branch;
}
