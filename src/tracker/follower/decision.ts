/**
 * Decides, from what is known of a run, who succeeds main after its end, or that the run is over (DESIGN
 * section 4).
 */
import { refusal, type UnrelatedProcess } from './attachment.js';
import { lastFailedDescendant, describe, wasKilledByOthers } from './candidates.js';
import { chooseBest, beats } from './choice.js';
import { openCandidates, openPendingChoice } from './pending-choice.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from './evidence.js';
import { setMain, mayWait, stageOf, handOffTo, waitNoMore } from './follower.js';
import type { Candidate, MainEnd, Follower, Process, Session, Stage } from '../model.js';
import type { Timing } from './timing.js';
import { afterUnknownEnd } from './unknown-end.js';

/** The result of `decide`. `wait`: some evidence is still missing. */
export type Decision =
  | {
      readonly kind: 'hand-off';
      readonly from: Process;
      readonly to: Process;
      readonly reason: string;
      /** `to` is a binary upgrade: it has exec'd the program that `from` ran */
      readonly isUpgrade?: true;
    }
  | {
      readonly kind: 'over';
      readonly verdict: 'died' | 'ended';
      /** of main, or of the process that main had handed off to unobserved */
      readonly status: number | undefined;
      readonly reason: string;
      /** processes that may have taken over, if nothing proves it */
      readonly unclear?: readonly number[];
      /** why the process named by the job's PID file has not become main */
      readonly refused?: string;
    }
  /** a process outside the lineage that the job's PID file names becomes main */
  | {
      readonly kind: 'attach';
      readonly from: Process;
      readonly to: UnrelatedProcess;
      readonly reason: string;
    }
  | { readonly kind: 'tie'; readonly candidates: readonly Process[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'nothing' };

const NO_DECISION: Decision = { kind: 'nothing' };

/** Decides everything that can be decided now. Called after all queued events have been observed. */
export function decide(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  if (follower.over) return NO_DECISION;
  if (follower.main.ended !== undefined) return decideEnd(follower, evidence, timing, now);
  if (follower.choice !== undefined) return reconsider(follower, evidence, timing, now);
  return NO_DECISION;
}

function decideEnd(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  const { main } = follower;
  const ended = main.ended!;
  // perf reports the exit without the status; wait delivers the status a moment later
  if (ended.status === undefined && mayWait(follower, 'status', timing.missingStatus, now))
    return { kind: 'wait' };
  if (follower.endRequested) return finish(follower, 'ended', 'it was asked to end');
  if (ended.status === undefined) return decideUnknownEnd(follower, evidence, timing, now);
  if (ended.status !== 0) {
    const found = findBetterCandidate(follower, evidence, timing, now);
    if (found !== undefined) return found;
    if (mayHaveMissed(follower, evidence, timing, now)) return { kind: 'wait' };
    if (wasKilledWithPredecessor(follower, timing))
      return finish(follower, 'ended', `${describe(ended.status)} at the hand-off: status 0 stands`, 0);
    return finish(follower, 'died', `${describe(ended.status)}: never a hand-off`);
  }
  if (follower.handOffRule === 'never') return finish(follower, 'ended', 'status 0; the job never hands off');
  const named = evidence.namedByPidFile?.(follower);
  if (named?.kind === 'soon') {
    const span = named.why === 'empty' ? timing.pidFileWrite : timing.stalePidFile;
    if (mayWait(follower, 'file', span, now, timing.recheck)) return { kind: 'wait' };
  }
  const stage = stageOf(follower, ended.at, timing);
  const origin = stage === 'launching' ? main.imageSession : follower.origin;
  const ending: MainEnd = { main, stage, tookOver: follower.tookOver, origin };
  const before = stage === 'settled' || follower.choice === undefined ? undefined : follower.pendingChoice;
  const pending = openPendingChoice(ending, before, timing, now);
  const found = openCandidates(pending, evidence, timing, now);
  if (found.unseen && mayWait(follower, 'exits', timing.missingExit, now)) return { kind: 'wait' };
  if (named?.kind === 'process') return handOffByPidFile(follower, named.process, now);
  const candidates = allowed(found.candidates, follower, origin);
  if (candidates.length < found.candidates.length && candidates.length === 0)
    if (mayWait(follower, 'leaving', timing.leaveSession, now, timing.recheck)) return { kind: 'wait' };
  const choice = chooseBest(candidates);
  if (choice === undefined && mayHaveMissed(follower, evidence, timing, now)) return { kind: 'wait' };
  if (choice === undefined)
    return named?.kind === 'stranger'
      ? decideAttachment(follower, named, stage)
      : noSuccessor(follower, stage);
  handOffTo(follower, choice, pending, now);
  const others = choice.candidates.length - 1;
  const why = others === 0 ? 'the only one left' : `chosen among ${others + 1}`;
  const to = choice.best.process;
  const reason = `status 0 while ${stage}; ${why}`;
  // what else a settled main hands off to is a fork of it, without an exec
  const isUpgrade = stage === 'settled' && to.image.execedAt !== main.image.execedAt;
  return { kind: 'hand-off', from: main, to, reason, ...(isUpgrade && { isUpgrade }) };
}

/**
 * Tests whether to look in /proc for processes that main has left before anything is decided.
 *
 * perf's events of a process end when an exec changes its rights (ssh-agent is setgid). What it forks after
 * that may be found only in /proc.
 */
function mayHaveMissed(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): boolean {
  const { main } = follower;
  if (stageOf(follower, main.ended?.at ?? now, timing) === 'settled') return false;
  if (follower.evidenceChecks >= MAX_EVIDENCE_CHECKS || evidence.hasNewChildren?.(main.launcher) !== true)
    return false;
  // look at once first; the child of an intermediate that is just ending is reparented to us a moment later
  follower.undecidedUntil = follower.evidenceChecks === 0 ? now : now + timing.recheck;
  follower.evidenceChecks += 1;
  return true;
}

/** Limits the number of looks: if strangers were reparented to us meanwhile, each look is in vain. */
const MAX_EVIDENCE_CHECKS = 3;

/** Decides after main has ended with an unknown exit status. */
function decideUnknownEnd(
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): Decision {
  const { main } = follower;
  const { ending, candidates, unclear, unseen } = afterUnknownEnd(follower, evidence, timing);
  if (unseen && mayWait(follower, 'exits', timing.missingExit, now)) return { kind: 'wait' };
  const choice = chooseBest(candidates);
  const how = main.ended?.notBefore === undefined ? 'ended' : 'ended while foster was down';
  if (choice !== undefined) {
    handOffTo(follower, choice, openPendingChoice(ending, undefined, timing, now), now);
    const reason = `${how} while launching, exit status unknown; this process put itself in the background`;
    return { kind: 'hand-off', from: main, to: choice.best.process, reason };
  }
  const decision = finish(follower, 'died', `${how}, exit status unknown: never a hand-off`);
  follower.unclear = unclear;
  return unclear.length === 0 ? decision : { ...decision, unclear };
}

/**
 * Restricts a COMMAND's hand-off to processes that have left its session: a shell's background jobs are no
 * daemon.
 */
function allowed(
  candidates: readonly Candidate[],
  { handOffRule }: Follower,
  origin: Session,
): readonly Candidate[] {
  return handOffRule === 'session'
    ? candidates.filter(({ process }) => process.session !== origin)
    : candidates;
}

/** Hands off to the process of the lineage that the job's PID file names, wherever it is in the tree. */
function handOffByPidFile(follower: Follower, to: Process, now: Nanoseconds): Decision {
  const { main } = follower;
  setMain(follower, to, now);
  return { kind: 'hand-off', from: main, to, reason: 'status 0, and the PID file names it' };
}

/** Decides about a process outside the lineage that the job's PID file names. */
function decideAttachment(
  follower: Follower,
  { stranger }: { readonly stranger: UnrelatedProcess },
  stage: Stage,
): Decision {
  const { main } = follower;
  const refused = refusal(stranger, main);
  if (refused !== undefined) return { ...noSuccessor(follower, stage), refused };
  return { kind: 'attach', from: main, to: stranger, reason: 'status 0, and the PID file names it' };
}

/**
 * Tests whether main was killed by the exit of its predecessor (PR_SET_PDEATHSIG, a tracee with
 * PTRACE_O_EXITKILL, a shell that kills its jobs). The predecessor's status 0 is then the job's.
 */
function wasKilledWithPredecessor({ main, pendingChoice }: Follower, { killedTogether }: Timing): boolean {
  const { ended } = main;
  const former = pendingChoice?.ending.main.ended;
  if (ended?.status === undefined || former === undefined) return false;
  return wasKilledByOthers(ended.status) && ended.at - former.at < killedTogether;
}

/**
 * Looks for a better candidate after the failure of a helper that was taken for main. The daemon had already
 * left the session: it would have been chosen if its setsid had not been observed together with the failure.
 */
function findBetterCandidate(
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): Decision | undefined {
  const { main, choice, pendingChoice, tookOver } = follower;
  if (choice === undefined || pendingChoice === undefined) return undefined;
  const end = main.ended?.at ?? now;
  const better = openCandidates(pendingChoice, evidence, timing, now).candidates.filter((candidate) => {
    const { session } = candidate.process;
    // only the existence of that session at that time counts: the daemon may be a generation further now
    return (session.leader?.sessionSince ?? now) <= end && beats(candidate, choice.best);
  });
  const found = chooseBest(better);
  if (found === undefined) return undefined;
  handOffTo(follower, found, pendingChoice, tookOver ?? now);
  return { kind: 'hand-off', from: main, to: found.best.process, reason: 'the better candidate by then' };
}

/** Ends the run after main has exited with status 0 without a successor. */
function noSuccessor(follower: Follower, stage: Stage): Extract<Decision, { kind: 'over' }> {
  const { main } = follower;
  const failed =
    stage === 'settled' || follower.handOffRule === 'never'
      ? undefined
      : lastFailedDescendant(main, follower.handOffRule);
  if (failed?.ended?.status === undefined)
    return finish(follower, 'ended', `status 0 while ${stage}, and nobody takes over`);
  // sshd on a taken port: the launcher exits with status 0, and the daemon fails after it
  const { status } = failed.ended;
  const reason = `status 0 while ${stage}, but process ${failed.pid} that it left failed with ${describe(status)}`;
  return finish(follower, 'died', reason, status);
}

/**
 * Reconsiders a choice among several at every setsid and exit while main is settling. The look at the end of
 * settling is the last: a tie that still stands is then reported.
 */
function reconsider(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  const { main, pendingChoice, tookOver } = follower;
  if (pendingChoice === undefined || tookOver === undefined) return NO_DECISION;
  const last = now >= pendingChoice.until;
  const found = openCandidates(pendingChoice, evidence, timing, now);
  // a candidate is dead and may have forked an unseen process, so the choice must wait
  if (found.unseen && mayWait(follower, 'exits', timing.missingExit, now)) return { kind: 'wait' };
  waitNoMore(follower);
  const choice = chooseBest(allowed(found.candidates, follower, pendingChoice.ending.origin));
  if (choice?.candidates.some(({ process }) => process === main) !== true) {
    // main is dead according to /proc, and its own end will be decided; or the evidence for it has changed:
    // it stays
    follower.tiedSince = undefined;
    if (last) follower.choice = undefined;
    return NO_DECISION;
  }
  if (choice.best.process !== main) {
    handOffTo(follower, choice, pendingChoice, tookOver);
    if (choice.tied) follower.tiedSince = now;
    return { kind: 'hand-off', from: main, to: choice.best.process, reason: 'the better candidate by now' };
  }
  follower.tiedSince = choice.tied && !follower.tieReported ? (follower.tiedSince ?? now) : undefined;
  follower.choice = choice.candidates.length > 1 && !last ? choice : undefined;
  if (follower.tiedSince === undefined || !(last || now - follower.tiedSince >= timing.tie))
    return NO_DECISION;
  follower.tiedSince = undefined;
  follower.tieReported = true;
  return { kind: 'tie', candidates: choice.candidates.map(({ process }) => process) };
}

function finish(
  follower: Follower,
  verdict: 'died' | 'ended',
  reason: string,
  status = follower.main.ended?.status,
): Extract<Decision, { kind: 'over' }> {
  follower.over = true;
  follower.tiedSince = undefined;
  waitNoMore(follower);
  return { kind: 'over', verdict, status, reason };
}
