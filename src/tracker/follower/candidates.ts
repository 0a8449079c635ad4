/** Who may take over when main has ended (DESIGN section 4). Who of several does is in choice.ts. */
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

/** By how much the time of an end may be too late when it is that of the reaping, the exit event not having come yet. */
const MAX_REAP_DELAY: Nanoseconds = 5e6;

/** The candidates for the succession of a main that has ended with status 0. */
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
 * Living processes below main none of whose creators lives. A chain with an ended creator whose status was not 0 leads to
 * no candidate: a daemonising program reports its failure so.
 *
 * Several steps of a daemonisation may be observed at once; the result is the same as if each had been decided by itself.
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
    if (process.forgottenCreatorFailed) continue;
    if (process === step.successor && endOf(process) > endOf(main)) left.add(process);
    if (ended === undefined) {
      if (evidence.isAlive(process) && evidence.isBeingKilled?.(process) !== true) {
        candidates.push(step);
        left.add(step.successor);
        continue;
      }
      unseen = true;
    } else if (ended.status !== undefined && ended.status !== 0) {
      continue;
    }
    if (image.isOwn && image.since > endOf(step.orphanedBy)) {
      // it was main for a moment that nobody saw, and has exec'd itself in it: it was launching then
      const launch = { process, origin: process.imageSession };
      queue.push(...forkedBy({ ...step, launches: [...step.launches, launch] }, true));
    } else queue.push(...forkedBy(step, false));
  }
  return { candidates, remaining: left.size, unseen };
}

/** What a process has forked: all of it, or, if it is a launching program, what it forked since its image began. */
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
 * The last process below `main` that ended with a status other than 0 and cannot have told main of it: it outlived main, or
 * it had left the session in which main was launched. sshd on a taken port does either, as the scheduler has it.
 */
export function lastFailedDescendant(main: Process, handOff: HandOffRule): Process | undefined {
  const end = main.ended?.at ?? 0;
  let last: Process | undefined;
  const queue = [...main.children];
  for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
    const { ended, session } = process;
    const status = ended?.status ?? 0;
    // who is killed together with main has not failed (PR_SET_PDEATHSIG)
    const failed = ended !== undefined && status !== 0 && !wasKilledByOthers(status);
    const hasLeft = session !== main.imageSession;
    const untold = failed && (hasLeft || (ended.at > end && handOff === 'any'));
    if (untold && ended.at >= (last?.ended?.at ?? 0)) last = process;
    queue.push(...process.children);
  }
  return last;
}

/** The child of `ancestor` that `process` descends from, or is. */
export function childTowards(ancestor: Process, process: Process): Process {
  let branch = process;
  while (branch.creator !== undefined && branch.creator !== ancestor) branch = branch.creator;
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
 * to the single process that it ever forked, or that it forked just before it ended, when the helpers it forked before are
 * gone; in its own session, or while it has not left the launcher's. Where a main that ends by itself leaves workers, an
 * intermediate leaves one process.
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
 * A step of a daemonisation that took longer than the settle time: main is a fork of the image that was launched, and ends
 * just after it has forked the only process that it leaves. What has been a server for a while leaves workers that are
 * older, or several, or has forked others before.
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
    // a program of its own is a worker's, or a login's; after a further step, which outlived main, it may be any
    const continues = process.image.execedAt === main.image.execedAt || endOf(successor) > end;
    return (
      single &&
      continues &&
      successor.image.execedAt === main.image.execedAt &&
      staysInSession(successor, main, origin)
    );
  });
}

/** Whether the successor of a main that has left its launcher's session is in main's: whoever leaves that one is a login. */
function staysInSession(successor: Process, main: Process, origin: Session): boolean {
  if (main.session === origin) return true;
  // one that leaves just after main's end had not left by then, whatever is observed first
  return successor.session === main.session || successor.sessionSince > endOf(main) - MAX_REAP_DELAY;
}

/**
 * nginx and gunicorn on USR2: a child in main's session that has exec'd the same program. nghttpx on USR2 daemonises again:
 * what runs the same program with the same arguments, and was exec'd after main had settled, succeeds it from any session.
 * A login of sshd runs sshd with other arguments, and is a child of main as long as main lives.
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
    // a worker that main starts at once may be called by more words as well
    return successor.born >= since || sharesFirstArgument(successor.image, main.image);
  }
  if (process.session === main.session || process.image.execedAt === main.image.execedAt) return false;
  if (childTowards(main, process).born < since) return false;
  // its exec may have been read too late, as that of a process that daemonised at once
  const program = process.image.argv === undefined ? evidence.programOf?.(process) : process.image;
  return program !== undefined && similarity(program, main.image) === 'same';
}

/** Signals by which a process is ended for a fault of its own, and not by somebody else. */
const FAULT_SIGNALS: ReadonlySet<number> = new Set(
  (['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'] as const).map(
    (name) => constants.signals[name],
  ),
);

/** Whether somebody else ended the process: a parent's end, a tracer's, a shell that kills its jobs. */
export function wasKilledByOthers(status: number): boolean {
  const signal = status & 0x7f;
  return signal !== 0 && !FAULT_SIGNALS.has(signal);
}

/** In words. */
export function describe(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `signal ${signal}`;
}
