/**
 * Finds the processes that may take over after main has ended (DESIGN section 4). choice.ts picks one of
 * several.
 */
import type { Nanoseconds } from '../events.js';
import type { Evidence } from './evidence.js';
import type {
  Candidate,
  MainEnd,
  HandOffRule,
  Successors,
  LaunchingProgram,
  Process,
  Session,
} from '../model.js';
import type { Timing } from './timing.js';
import { sharesFirstArgument, similarity } from '../lineage/program.js';
import { constants } from 'node:os';

/**
 * The time of an exit may be late by this much if it is the time of reaping, because the exit event has not
 * arrived yet.
 */
const MAX_REAP_DELAY: Nanoseconds = 5e6;

/** Returns the candidates that may succeed a main that exited with status 0. */
export function successors(ending: MainEnd, evidence: Evidence, timing: Timing): Successors {
  const found = orphanedDescendants(ending, evidence);
  switch (ending.stage) {
    case 'launching':
      return found;
    case 'settling':
    case 'settled': {
      const upgrades = found.candidates.filter((candidate) => isUpgrade(candidate, ending, evidence, timing));
      if (upgrades.length > 0) return { ...found, candidates: upgrades };
      const steps = ending.stage === 'settled' ? slowDaemonisation : secondForks;
      return { ...found, candidates: steps(ending, found, timing) };
    }
  }
}

/**
 * Returns the living descendants of main whose creators have all ended.
 *
 * A chain that contains an ended creator with a status other than 0 yields no candidate: a daemonising
 * program reports failure this way. Several steps of a daemonisation may be observed at once; the result is
 * the same as if each had been decided separately.
 */
function orphanedDescendants({ main, stage, origin }: MainEnd, evidence: Evidence): Successors {
  const candidates: Candidate[] = [];
  let unseen = false;
  const left = new Set<Process>();
  const launch: LaunchingProgram = { process: main, origin };
  const whole: Candidate = { process: main, successor: main, launches: [launch], orphanedBy: main };
  const queue = forkedBy(whole, stage === 'launching');
  for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
    const { process } = step;
    const { ended, image } = process;
    if (process.forgottenCreatorFailed) {
      addSurvivors(step, left, evidence);
      continue;
    }
    if (process === step.successor && endOf(process) > endOf(main)) left.add(process);
    if (ended === undefined) {
      if (evidence.isAlive(process) && evidence.isBeingKilled?.(process) !== true) {
        candidates.push(step);
        left.add(step.successor);
        continue;
      }
      unseen = true;
    } else if (ended.status !== undefined && ended.status !== 0) {
      for (const below of forkedBy(step, false)) addSurvivors(below, left, evidence);
      continue;
    }
    if (image.isOwn && image.since > endOf(step.orphanedBy)) {
      // it was main for an unobserved moment and exec'd itself in it, so it was launching
      const launch = { process, origin: process.imageSession };
      queue.push(...forkedBy({ ...step, launches: [...step.launches, launch] }, true));
    } else queue.push(...forkedBy(step, false));
  }
  return { candidates, remaining: left.size, unseen };
}

/** Adds what lives below a creator that failed: it is no candidate, but main leaves it all the same. */
function addSurvivors(step: Candidate, left: Set<Process>, evidence: Evidence): void {
  if (step.process.ended === undefined && evidence.isAlive(step.process)) left.add(step.successor);
  else for (const below of forkedBy(step, false)) addSurvivors(below, left, evidence);
}

/**
 * Returns what a process has forked: everything, or, for a launching program, what it forked since its image
 * began.
 */
function forkedBy(step: Candidate, launching: boolean): Candidate[] {
  const { process: creator } = step;
  const orphanedBy = endOf(creator) > endOf(step.orphanedBy) ? creator : step.orphanedBy;
  const main = step.launches[0].process;
  // until main ended, none of them could take over
  const passed = step.successor === main || endOf(step.successor) <= endOf(main) - MAX_REAP_DELAY;
  const below = [...creator.children].map((process) => ({
    ...step,
    process,
    successor: passed ? process : step.successor,
    orphanedBy,
  }));
  return launching ? below.filter(({ process }) => process.born >= creator.image.since) : below;
}

function endOf(process: Process): Nanoseconds {
  return process.ended?.at ?? Infinity;
}

/**
 * Returns the last descendant of `main` that failed and whose failure main cannot have known.
 *
 * Main cannot have known it if the descendant outlived main, or had left the session in which main was
 * launched. If sshd's port is taken, either happens, depending on scheduling.
 */
export function lastFailedDescendant(main: Process, handOff: HandOffRule): Process | undefined {
  const end = main.ended?.at ?? 0;
  let last: Process | undefined;
  const queue = [...main.children];
  for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
    const { ended, session } = process;
    const status = ended?.status ?? 0;
    // a process killed together with main has not failed (PR_SET_PDEATHSIG)
    const failed = ended !== undefined && status !== 0 && !wasKilledByOthers(status);
    const hasLeft = session !== main.imageSession;
    const untold = failed && (hasLeft || (ended.at > end && handOff === 'any'));
    if (untold && ended.at >= (last?.ended?.at ?? 0)) last = process;
    queue.push(...process.children);
  }
  return last;
}

/** Returns the child of `ancestor` that is `process` or an ancestor of it. */
export function childTowards(ancestor: Process, process: Process): Process {
  let branch = process;
  while (branch.creator !== undefined && branch.creator !== ancestor) branch = branch.creator;
  return branch;
}

/** Tests whether `process` is `ancestor` or descends from it. */
export function descends(process: Process, ancestor: Process): boolean {
  let above: Process | undefined = process;
  while (above !== undefined && above !== ancestor) above = above.creator;
  return above === ancestor;
}

/**
 * Returns candidates for the second fork of a daemonising program.
 *
 * Just after a hand-off, main may hand off to anything it forked. Later it may hand off only to a single
 * process: the only one it ever forked, or one forked just before it ended, when its earlier helpers are
 * gone. That process must be in main's session, unless main is still in the launcher's. The reason: a server
 * that ends leaves workers, whereas an intermediate leaves exactly one process.
 */
function secondForks(
  { main, tookOver, origin }: MainEnd,
  { candidates, remaining }: Successors,
  timing: Timing,
): readonly Candidate[] {
  const end = endOf(main);
  if (end - (tookOver ?? 0) < timing.quickHandOff) return candidates;
  return candidates.filter(({ successor }) => {
    const single = main.forks === 1 || (remaining === 1 && end - successor.born < timing.quickHandOff);
    return single && staysInSession(successor, main, origin);
  });
}

/**
 * Returns the candidate of a daemonisation step that took longer than the settle time.
 *
 * Main is then a fork of the launched image, and ends just after it has forked the only process that it
 * leaves. A server that has run for a while leaves older workers, or several, or has forked others before.
 */
function slowDaemonisation(
  { main, origin }: MainEnd,
  { candidates, remaining }: Successors,
  timing: Timing,
): readonly Candidate[] {
  // the launcher itself may take its time while it is launching
  if (main.image.isOwn || remaining !== 1) return [];
  const end = endOf(main);
  return candidates.filter(({ process, successor }) => {
    const single = end - successor.born < (main.forks === 1 ? timing.settle : timing.quickHandOff);
    // a different program is a worker or a login; after a further step that outlived main it may be any
    // program
    const continues = process.image.execedAt === main.image.execedAt || endOf(successor) > end;
    return (
      single &&
      continues &&
      successor.image.execedAt === main.image.execedAt &&
      staysInSession(successor, main, origin)
    );
  });
}

/**
 * Tests whether the successor of a main that has left its launcher's session is in main's session. A process
 * that leaves main's session is a login.
 */
function staysInSession(successor: Process, main: Process, origin: Session): boolean {
  if (main.session === origin) return true;
  // if it leaves just after main's end, it had not left before, whichever is observed first
  return successor.session === main.session || successor.sessionSince > endOf(main) - MAX_REAP_DELAY;
}

/**
 * Tests whether a candidate is a binary upgrade of main.
 *
 * nginx and gunicorn on USR2: a child in main's session has exec'd the same program. nghttpx on USR2
 * daemonises again: a process with the same program and arguments, exec'd after main had settled, succeeds it
 * from any session. A login of sshd runs sshd with other arguments, and remains a child of main while main
 * lives.
 */
function isUpgrade(
  { process, successor }: Candidate,
  { main, tookOver }: MainEnd,
  evidence: Evidence,
  timing: Timing,
): boolean {
  const since = (tookOver ?? main.image.since) + timing.settle;
  if (
    successor.creator === main &&
    successor.isDirectChild &&
    successor.session === main.session &&
    successor.image.isOwn
  ) {
    const like = similarity(successor.image, main.image);
    if (like !== 'extended') return like !== 'other';
    // a worker that main starts at once may also have extra arguments
    return successor.born >= since || sharesFirstArgument(successor.image, main.image);
  }
  if (process.session === main.session || process.image.execedAt === main.image.execedAt) return false;
  if (childTowards(main, process).born < since) return false;
  // its exec may have been read too late, because the process daemonised at once
  const program = process.image.argv === undefined ? evidence.programOf?.(process) : process.image;
  return program !== undefined && similarity(program, main.image) === 'same';
}

/** Signals that end a process for a fault of its own, rather than being sent by another process. */
const FAULT_SIGNALS: ReadonlySet<number> = new Set(
  (['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'] as const).map(
    (name) => constants.signals[name],
  ),
);

/**
 * Tests whether another process killed this one: its parent's end, a tracer's end, a shell that kills its
 * jobs.
 */
export function wasKilledByOthers(status: number): boolean {
  const signal = status & 0x7f;
  return signal !== 0 && !FAULT_SIGNALS.has(signal);
}

/** Describes a wait status in words. */
export function describe(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `signal ${signal}`;
}
