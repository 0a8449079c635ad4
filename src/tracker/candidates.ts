/** Who may take over when main has ended (DESIGN section 4). Who of several does is in choice.ts. */
import type { Nanoseconds } from './events.js';
import type { Evidence } from './evidence.js';
import type { Stage, Timing } from './follower.js';
import type { Process, Session } from './lineage.js';

/** By how much the time of an end may be too late when it is that of the reaping, the exit event not having come yet. */
const REAPED_LATE: Nanoseconds = 5e6;

/** An end of main that may be a hand-off, and how things stood then. */
export interface Ending {
  readonly main: Process;
  readonly stage: Stage;
  /** when main took over; undefined for a launcher */
  readonly tookOver: Nanoseconds | undefined;
  /** the session that a daemon leaves */
  readonly origin: Session;
}

/** A program that was launching on the way to a candidate. */
export interface Launch {
  readonly process: Process;
  /** the session in which it began, and which a daemon leaves */
  readonly origin: Session;
}

/** Somebody who may take over. */
export interface Candidate {
  readonly process: Process;
  /** who lived when main ended, and took over at first: this process, or one of its creators that has ended since */
  readonly heir: Process;
  /** what was launched on the way to it: main, whose end is decided, and those since who were launching again */
  readonly launches: readonly [Launch, ...Launch[]];
  /** the last of its creators to end: from then on it could be main */
  readonly orphanedBy: Process;
}

export interface Heirs {
  readonly candidates: readonly Candidate[];
  /** how many main left: those that lived when it ended, and had no creator that lived */
  readonly left: number;
  /** a process is dead, but its exit event has not come: what it forked may still be queued as well */
  readonly unseen: boolean;
}

/** The candidates for the succession of a main that has ended with status 0. */
export function heirs(ending: Ending, evidence: Evidence, timing: Timing): Heirs {
  const found = rootsBelow(ending, evidence);
  switch (ending.stage) {
    case 'launching':
      return found;
    case 'settling':
    case 'settled': {
      const upgrades = found.candidates.filter(({ heir }) => isUpgrade(heir, ending.main));
      if (upgrades.length > 0 || ending.stage === 'settled') return { ...found, candidates: upgrades };
      return { ...found, candidates: secondForks(ending, found, timing) };
    }
  }
}

/**
 * Living processes below main none of whose creators lives. A chain with an ended creator whose status was not 0 leads to
 * no candidate: a daemonising program reports its failure so.
 *
 * Several steps of a daemonisation may be observed at once; the result is the same as if each had been decided by itself.
 */
function rootsBelow({ main, stage, origin }: Ending, evidence: Evidence): Heirs {
  const candidates: Candidate[] = [];
  let unseen = false;
  const left = new Set<Process>();
  const launch: Launch = { process: main, origin };
  const whole: Candidate = { process: main, heir: main, launches: [launch], orphanedBy: main };
  const queue = stepsBelow(whole, stage === 'launching');
  for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
    const { process } = step;
    const { ended, image } = process;
    if (process.failedAbove) continue;
    if (process === step.heir && endOf(process) > endOf(main)) left.add(process);
    if (ended === undefined) {
      if (evidence.isAlive(process)) {
        candidates.push(step);
        left.add(step.heir);
        continue;
      }
      unseen = true;
    } else if (ended.status !== undefined && ended.status !== 0) {
      continue;
    }
    if (image.own && image.since > endOf(step.orphanedBy)) {
      // it was main for a moment that nobody saw, and has exec'd itself in it: it was launching then
      const launch = { process, origin: process.imageSession };
      queue.push(...stepsBelow({ ...step, launches: [...step.launches, launch] }, true));
    } else queue.push(...stepsBelow(step, false));
  }
  return { candidates, left: left.size, unseen };
}

/** What a process has forked: all of it, or, if it is a launching program, what it forked since its image began. */
function stepsBelow(step: Candidate, launching: boolean): Candidate[] {
  const { process: creator } = step;
  const orphanedBy = endOf(creator) > endOf(step.orphanedBy) ? creator : step.orphanedBy;
  const main = step.launches[0].process;
  // until main ended, none of them could take over
  const passed = step.heir === main || endOf(step.heir) <= endOf(main) - REAPED_LATE;
  const below = [...creator.children].map((process) => ({
    ...step,
    process,
    heir: passed ? process : step.heir,
    orphanedBy,
  }));
  return launching ? below.filter(({ process }) => process.born >= creator.image.since) : below;
}

function endOf(process: Process): Nanoseconds {
  return process.ended?.at ?? Infinity;
}

/**
 * The last process below `main` that ended with a status other than 0 and cannot have told main of it: it outlived main, or
 * it had left the session in which main was launched. sshd on a taken port does either, as the scheduler has it.
 */
export function lastFailureBelow(main: Process): Process | undefined {
  const end = main.ended?.at ?? 0;
  let last: Process | undefined;
  const queue = [...main.children];
  for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
    const { ended, session } = process;
    const failed = ended?.status !== undefined && ended.status !== 0;
    const untold = failed && (ended.at > end || session !== main.imageSession);
    if (untold && ended.at >= (last?.ended?.at ?? 0)) last = process;
    queue.push(...process.children);
  }
  return last;
}

/** Whether `process` is `ancestor`, or descends from it. */
export function descends(process: Process, ancestor: Process): boolean {
  let above: Process | undefined = process;
  while (above !== undefined && above !== ancestor) above = above.creator;
  return above === ancestor;
}

/**
 * The second fork of a daemonising program. Just after it took over, main may hand off to anything it forked. Later only
 * to the single process that it ever forked, or that it forked just before it ended, when the helpers it forked before are
 * gone; in its own session, or while it has not left the launcher's. Where a main that ends by itself leaves workers, an
 * intermediate leaves one process.
 */
function secondForks(
  { main, tookOver, origin }: Ending,
  { candidates, left }: Heirs,
  timing: Timing,
): readonly Candidate[] {
  const end = endOf(main);
  if (end - (tookOver ?? 0) < timing.quick) return candidates;
  const arrived = main.session !== origin;
  return candidates.filter(({ heir }) => {
    const single = main.forks === 1 || (left === 1 && end - heir.born < timing.quick);
    // one that leaves just after main's end had not left by then, whatever is observed first
    const inSession = heir.session === main.session || heir.sessionSince > end - REAPED_LATE;
    return single && (inSession || !arrived);
  });
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
  const [words, otherWords] = [argv.join(' '), other.join(' ')];
  if (words === otherWords) return true;
  if (a.image.executable !== b.image.executable) return false;
  // an upgrade may add words (a descriptor, the old pid), behind the program and its first argument
  if (argv[0] === other[0] && argv[1] === other[1]) return true;
  // nginx sets its title at once, which holds the command line: "nginx: master process /usr/sbin/nginx -c FILE"
  return words.endsWith(` ${otherWords}`) || otherWords.endsWith(` ${words}`);
}
