/**
 * Who is main? One follower for each run of a job (DESIGN section 4). Nothing but main's own end is ever decided, and
 * no fork is ever counted.
 *
 *                 exec of itself
 *            ┌───────────────────────┐
 *            ▼                       │
 *        launching ──hand-off──▶ settling ──3 s──▶ settled ──hand-off (binary upgrade)──▶ settling
 *            │                       │                │
 *            └───────── main ended, nobody takes over ┴──▶ over
 */
import { lastFailureBelow, type Ending } from './candidates.js';
import { chooseBest, outdoes, type Choice } from './choice.js';
import { contenders, openContest, type Contest } from './contest.js';
import type { Nanoseconds } from './events.js';
import type { Evidence } from './evidence.js';
import type { Process, Session } from './lineage.js';
import { afterUnknownEnd } from './unknown-end.js';

export type Stage = 'launching' | 'settling' | 'settled';

/** Times of the follower, in nanoseconds. */
export interface Timing {
  /** how long after its start a program image may hand off: as long as a start may take */
  readonly start: Nanoseconds;
  /** how long after a hand-off main may hand off again: second forks come within 7 ms, so this is wide */
  readonly settle: Nanoseconds;
  /** how long after a hand-off main may hand off to a process that has left its session */
  readonly quick: Nanoseconds;
  /** how long a tie must have stood before it is called one: setsid comes within milliseconds of the hand-off */
  readonly tie: Nanoseconds;
  /** how long the exit event of a process that /proc shows dead may be missing */
  readonly unseen: Nanoseconds;
  /** how long the exit status of a main that is dead may be missing: on a busy machine, wait is late */
  readonly status: Nanoseconds;
}

export const DEFAULT_TIMING: Timing = {
  start: 90e9,
  settle: 3e9,
  quick: 250e6,
  tie: 500e6,
  unseen: 20e6,
  status: 200e6,
};

/** Evidence that is on its way: how main ended, and the exit events of processes that are dead. */
export interface Waits {
  status?: Nanoseconds;
  exits?: Nanoseconds;
}

/** What is known of one run. Changed only by the functions of this file. */
export interface Follower {
  readonly launcher: Process;
  main: Process;
  /** when main took over by a hand-off; undefined while it is the launcher */
  tookOver: Nanoseconds | undefined;
  /** the last of main's creators to end: before `tookOver`, if that was observed late */
  orphanedBy: Process | undefined;
  /** the hand-off to main, for looking at the choice again */
  contest: Contest | undefined;
  /** the session that the daemon leaves: that in which the last program was launched on the way to main */
  origin: Session;
  /** who could have taken over at the last hand-off, main among them, while there are several and main is settling */
  choice: Choice | undefined;
  /** since when the choice is a tie, while that has not been reported */
  tiedSince: Nanoseconds | undefined;
  /** a tie has been reported since main took over */
  tieTold: boolean;
  /** foster asked main to end: whatever it does now is not a hand-off */
  endAsked: boolean;
  /** the job says of its program that it daemonises: until it has handed off, it is starting */
  handsOff: boolean;
  /** processes that bear the mark of this run after a crash, and of which nothing else proves that they are the job's */
  unclear: readonly number[];
  /** main has ended, but an exit event is missing: decided at the latest then */
  undecidedUntil: Nanoseconds | undefined;
  /** until when what is awaited, since the wait for one thing may not be spent on another */
  waits: Waits;
  over: boolean;
}

/** What `decide` concludes. `wait` means: not all evidence is there yet. */
export type Decision =
  | { readonly kind: 'hand-off'; readonly from: Process; readonly to: Process; readonly reason: string }
  | {
      readonly kind: 'over';
      readonly verdict: 'died' | 'ended';
      /** of main, or of the process to which it had handed off without telling */
      readonly status: number | undefined;
      readonly reason: string;
      /** who may have taken over, where nothing tells */
      readonly unclear?: readonly number[];
    }
  | { readonly kind: 'tie'; readonly candidates: readonly Process[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'nothing' };

const NOTHING: Decision = { kind: 'nothing' };

export function follow(launcher: Process): Follower {
  return {
    launcher,
    main: launcher,
    tookOver: undefined,
    orphanedBy: undefined,
    contest: undefined,
    origin: launcher.session,
    choice: undefined,
    tiedSince: undefined,
    tieTold: false,
    endAsked: false,
    handsOff: false,
    unclear: [],
    undecidedUntil: undefined,
    waits: {},
    over: false,
  };
}

/** At what stage the follower is (or was, at the time given). */
export function stageOf(follower: Follower, now: Nanoseconds, timing: Timing): Stage {
  const { main, tookOver, orphanedBy } = follower;
  // sshd on HUP and php-fpm on USR2 exec themselves and daemonise again; the hand-off itself may be observed late
  const launching =
    tookOver === undefined || (main.image.own && main.image.since > (orphanedBy?.ended?.at ?? tookOver));
  if (launching) return now - main.image.since <= timing.start ? 'launching' : 'settled';
  return now - tookOver < timing.settle ? 'settling' : 'settled';
}

/** Looks at what is known and decides what can be decided. Called when everything that was queued has been observed. */
export function decide(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  if (follower.over) return NOTHING;
  if (follower.main.ended !== undefined) return decideEnd(follower, evidence, timing, now);
  if (follower.choice !== undefined) return reconsider(follower, evidence, timing, now);
  return NOTHING;
}

/** When `decide` has something to do even if nothing happens. */
export function deadlineOf(follower: Follower, timing: Timing): Nanoseconds | undefined {
  const { over, undecidedUntil, choice, contest, tiedSince } = follower;
  if (over) return undefined;
  if (undecidedUntil !== undefined) return undecidedUntil;
  if (choice === undefined || contest === undefined) return undefined;
  return tiedSince === undefined ? contest.until : Math.min(contest.until, tiedSince + timing.tie);
}

function decideEnd(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  const { main } = follower;
  const ended = main.ended!;
  // perf tells of the end, but not of the status, which wait tells a moment later
  if (ended.status === undefined && mayWait(follower, 'status', timing, now)) return { kind: 'wait' };
  if (follower.endAsked) return finish(follower, 'ended', 'it was asked to end');
  if (ended.status === undefined) return decideUnknownEnd(follower, evidence, timing, now);
  if (ended.status !== 0) {
    const found = outdone(follower, evidence, timing, now);
    if (found !== undefined) return found;
    return finish(follower, 'died', `${describe(ended.status)}: never a hand-off`);
  }
  const stage = stageOf(follower, ended.at, timing);
  const origin = stage === 'launching' ? main.imageSession : follower.origin;
  const ending: Ending = { main, stage, tookOver: follower.tookOver, origin };
  const before = stage === 'settled' || follower.choice === undefined ? undefined : follower.contest;
  const contest = openContest(ending, before, timing, now);
  const found = contenders(contest, evidence, timing, now);
  if (found.unseen && mayWait(follower, 'exits', timing, now)) return { kind: 'wait' };
  const choice = chooseBest(found.candidates);
  if (choice === undefined) return nobodyLeft(follower, stage);
  takeOver(follower, choice, contest, now);
  const others = choice.candidates.length - 1;
  const why = others === 0 ? 'the only one left' : `chosen among ${others + 1}`;
  return { kind: 'hand-off', from: main, to: choice.best.process, reason: `status 0 while ${stage}; ${why}` };
}

/** Main has ended, and nobody knows how. */
function decideUnknownEnd(
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): Decision {
  const { main } = follower;
  const { ending, candidates, unclear, unseen } = afterUnknownEnd(follower, evidence, timing);
  if (unseen && mayWait(follower, 'exits', timing, now)) return { kind: 'wait' };
  const choice = chooseBest(candidates);
  const how = main.ended?.notBefore === undefined ? 'ended' : 'ended while foster was down';
  if (choice !== undefined) {
    takeOver(follower, choice, openContest(ending, undefined, timing, now), now);
    const reason = `${how} while launching, exit status unknown; this process put itself in the background`;
    return { kind: 'hand-off', from: main, to: choice.best.process, reason };
  }
  const decision = finish(follower, 'died', `${how}, exit status unknown: never a hand-off`);
  return unclear.length === 0 ? decision : { ...decision, unclear };
}

/**
 * A helper that was taken for main fails, and by then the daemon had left the session: the choice would have fallen on it,
 * had its setsid not been observed together with the failure.
 */
function outdone(
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): Decision | undefined {
  const { main, choice, contest, tookOver } = follower;
  if (choice === undefined || contest === undefined) return undefined;
  const end = main.ended?.at ?? now;
  const better = contenders(contest, evidence, timing, now).candidates.filter((candidate) => {
    const { session } = candidate.process;
    // that there was such a session by then is what counts: the daemon may be a generation further by now
    return (session.leader?.sessionSince ?? now) <= end && outdoes(candidate, choice.best);
  });
  const found = chooseBest(better);
  if (found === undefined) return undefined;
  takeOver(follower, found, contest, tookOver ?? now);
  return { kind: 'hand-off', from: main, to: found.best.process, reason: 'the better candidate by then' };
}

/** Main has ended with status 0, and nobody takes over. */
function nobodyLeft(follower: Follower, stage: Stage): Decision {
  const { main } = follower;
  const failed = stage === 'settled' ? undefined : lastFailureBelow(main);
  if (failed?.ended?.status === undefined)
    return finish(follower, 'ended', `status 0 while ${stage}, and nobody takes over`);
  // sshd on a taken port: the launcher's status 0 says nothing, the daemon has failed after it
  const { status } = failed.ended;
  const reason = `status 0 while ${stage}, but process ${failed.pid} that it left failed with ${describe(status)}`;
  return finish(follower, 'died', reason, status);
}

/** Whether evidence that is on its way may still be waited for. */
function mayWait(follower: Follower, what: keyof Waits, timing: Timing, now: Nanoseconds): boolean {
  const until = (follower.waits[what] ??= now + (what === 'status' ? timing.status : timing.unseen));
  if (now >= until) return false;
  follower.undecidedUntil = until;
  return true;
}

/** How main ended will never be known. */
export function awaitNoStatus(follower: Follower, now: Nanoseconds): void {
  follower.waits.status = now;
}

function waitNoMore(follower: Follower): void {
  follower.undecidedUntil = undefined;
  follower.waits = {};
}

/**
 * A choice among several is looked at again at every setsid and exit while settling. The look at the end of settling is the
 * last one: a tie that still stands then is told at the latest.
 */
function reconsider(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  const { main, contest, tookOver } = follower;
  if (contest === undefined || tookOver === undefined) return NOTHING;
  const last = now >= contest.until;
  const found = contenders(contest, evidence, timing, now);
  // one of them is dead, and may have forked another that is not known yet: without it the choice is not to be made
  if (found.unseen && mayWait(follower, 'exits', timing, now)) return { kind: 'wait' };
  waitNoMore(follower);
  const choice = chooseBest(found.candidates);
  if (choice?.candidates.some(({ process }) => process === main) !== true) {
    // main is dead for /proc, and its own end will be decided as such; or what spoke for it has changed: it stays
    follower.tiedSince = undefined;
    if (last) follower.choice = undefined;
    return NOTHING;
  }
  if (choice.best.process !== main) {
    takeOver(follower, choice, contest, tookOver);
    if (choice.tied) follower.tiedSince = now;
    return { kind: 'hand-off', from: main, to: choice.best.process, reason: 'the better candidate by now' };
  }
  follower.tiedSince = choice.tied && !follower.tieTold ? (follower.tiedSince ?? now) : undefined;
  follower.choice = choice.candidates.length > 1 && !last ? choice : undefined;
  if (follower.tiedSince === undefined || !(last || now - follower.tiedSince >= timing.tie)) return NOTHING;
  follower.tiedSince = undefined;
  follower.tieTold = true;
  return { kind: 'tie', candidates: choice.candidates.map(({ process }) => process) };
}

function takeOver(follower: Follower, choice: Choice, contest: Contest, now: Nanoseconds): void {
  follower.main = choice.best.process;
  // what is looked at again may have become main's turn only since
  const { orphanedBy } = choice.best;
  follower.tookOver = Math.max(now, orphanedBy.ended?.at ?? now);
  follower.orphanedBy = orphanedBy;
  follower.contest = contest;
  follower.origin = choice.best.launches.at(-1)!.origin;
  follower.choice = choice.candidates.length > 1 ? choice : undefined;
  follower.tiedSince = choice.tied ? now : undefined;
  follower.tieTold = false;
  waitNoMore(follower);
}

/** The job itself says that this process of the present run is main; the main before may live on. */
export function appoint(follower: Follower, main: Process, now: Nanoseconds): void {
  follower.main = main;
  follower.tookOver = now;
  follower.orphanedBy = undefined;
  follower.contest = undefined;
  follower.choice = undefined;
  follower.tiedSince = undefined;
  follower.tieTold = false;
  waitNoMore(follower);
}

/** Whether main was, or is, a guess among several. */
export function isUncertain({ choice, tieTold }: Follower): boolean {
  return choice !== undefined || tieTold;
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

function describe(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `signal ${signal}`;
}
