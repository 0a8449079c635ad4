/** Who may take over when main has ended, and who of several does (DESIGN section 4). */
import type { Evidence } from './evidence.js';
import type { Follower, Stage, Timing } from './follower.js';
import type { Process } from './lineage.js';

export interface Heirs {
  readonly candidates: readonly Process[];
  /** a process is dead, but its exit event has not come: what it forked may still be queued as well */
  readonly unseen: boolean;
}

export interface Choice {
  readonly best: Process;
  readonly candidates: readonly Process[];
  /** the second-best is as good by its sessions: only the order of forks speaks for the best */
  readonly tied: boolean;
}

/** The candidates for the succession of `follower.main`, which has ended with status 0, at this stage. */
export function heirs(follower: Follower, stage: Stage, evidence: Evidence, timing: Timing): Heirs {
  const { main } = follower;
  const found = rootsBelow(main, evidence);
  switch (stage) {
    case 'launching':
      return {
        ...found,
        candidates: found.candidates.filter((root) => branchOf(root, main).born >= main.image.since),
      };
    case 'settling':
    case 'settled': {
      const upgrades = found.candidates.filter((root) => isUpgrade(root, main));
      if (upgrades.length > 0 || stage === 'settled') return { ...found, candidates: upgrades };
      return { ...found, candidates: secondForks(follower, found.candidates, timing) };
    }
  }
}

/**
 * Living processes below `main` none of whose creators lives. A chain with an ended creator whose status was not 0 leads
 * to no candidate: a daemonising program reports its failure so.
 */
function rootsBelow(main: Process, evidence: Evidence): Heirs {
  const candidates: Process[] = [];
  let unseen = false;
  const queue = [...main.children];
  for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
    if (process.failedAbove) continue;
    if (process.ended === undefined) {
      if (evidence.isAlive(process)) {
        candidates.push(process);
        continue;
      }
      unseen = true;
    } else if (process.ended.status !== undefined && process.ended.status !== 0) {
      continue;
    }
    queue.push(...process.children);
  }
  return { candidates, unseen };
}

/** The last process below `main` that outlived it and ended with a status other than 0. */
export function lastFailureBelow(main: Process): Process | undefined {
  const since = main.ended?.at ?? 0;
  let last: Process | undefined;
  const queue = [...main.children];
  for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
    const { ended } = process;
    if (
      ended?.status !== undefined &&
      ended.status !== 0 &&
      ended.at > since &&
      ended.at >= (last?.ended?.at ?? 0)
    ) {
      last = process;
    }
    queue.push(...process.children);
  }
  return last;
}

/** The child of `main` that `process` descends from, or is. */
function branchOf(process: Process, main: Process): Process {
  let branch = process;
  while (branch.creator !== undefined && branch.creator !== main) branch = branch.creator;
  return branch;
}

/** Whether `process` is `ancestor`, or descends from it. */
export function descends(process: Process, ancestor: Process): boolean {
  let above: Process | undefined = process;
  while (above !== undefined && above !== ancestor) above = above.creator;
  return above === ancestor;
}

/**
 * The second fork of a daemonising program. Just after it took over, main may hand off to anything it forked. Later only
 * to the single process that it ever forked, in its own session or while it has not left the launcher's: an intermediate
 * forks once, where a main that ends by itself leaves workers.
 */
function secondForks(follower: Follower, roots: readonly Process[], timing: Timing): readonly Process[] {
  const { main, launcher, tookOver } = follower;
  if ((main.ended?.at ?? 0) - (tookOver ?? 0) < timing.quick) return roots;
  const arrived = main.session !== launcher.session;
  return roots.filter((root) => main.forks === 1 && !(arrived && root.session !== main.session));
}

/** nginx and gunicorn on USR2: a child in main's session that has exec'd the same program with the same arguments. */
function isUpgrade(process: Process, main: Process): boolean {
  return (
    process.creator === main &&
    process.direct &&
    process.session === main.session &&
    process.image.own &&
    isSameProgram(process, main)
  );
}

function isSameProgram(a: Process, b: Process): boolean {
  const [argv, other] = [a.image.argv, b.image.argv];
  if (argv === undefined || other === undefined) {
    return a.image.executable !== undefined && a.image.executable === b.image.executable;
  }
  if (argv.length === other.length && argv.every((word, index) => word === other[index])) return true;
  // an upgrade may add words (a descriptor, the old pid), behind the program and its first argument
  return a.image.executable === b.image.executable && argv[0] === other[0] && argv[1] === other[1];
}

/**
 * Picks the best of several; undefined when there is none.
 * @param former whom they succeed
 * @param origin whose session a daemon leaves: the launcher, or a main that has exec'd itself to daemonise again
 */
export function chooseBest(
  candidates: readonly Process[],
  former: Process,
  origin: Process,
): Choice | undefined {
  const ranked = candidates
    .map((process) => ({ process, rank: sessionRank(process, origin), branch: branchOf(process, former) }))
    .sort((a, b) => b.rank - a.rank || b.branch.order - a.branch.order || b.process.order - a.process.order);
  const [first, second] = ranked;
  if (first === undefined) return undefined;
  return {
    best: first.process,
    candidates: ranked.map(({ process }) => process),
    tied: second?.rank === first.rank,
  };
}

/** 2 for having left the session of the origin, 1 for a session whose leader it is, or whose leader is dead. */
function sessionRank(process: Process, origin: Process): number {
  const { leader } = process.session;
  const left = process.session !== origin.session;
  const daemonised = leader === undefined || leader === process || leader.ended !== undefined;
  return (left ? 2 : 0) + (daemonised ? 1 : 0);
}
