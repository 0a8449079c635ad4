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
import { chooseBest, descends, heirs, type Choice } from './candidates.js';
import type { Nanoseconds } from './events.js';
import type { Evidence } from './evidence.js';
import type { Process } from './lineage.js';

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
}

export const DEFAULT_TIMING: Timing = { start: 90e9, settle: 3e9, quick: 250e6, tie: 500e6, unseen: 20e6 };

/** What is known of one run. Changed only by the functions of this file. */
export interface Follower {
  readonly launcher: Process;
  main: Process;
  /** when main took over by a hand-off; undefined while it is the launcher */
  tookOver: Nanoseconds | undefined;
  /** whom main took over from, for looking at the choice again */
  predecessor: Process | undefined;
  /** the last main that was launching when it ended: its session is the one that a daemon leaves */
  origin: Process;
  /** who could have taken over at the last choice, main among them, and the stage at which that was; while there are several */
  choice: (Choice & { readonly stage: Stage }) | undefined;
  /** since when the choice is a tie, while that has not been reported */
  tiedSince: Nanoseconds | undefined;
  /** a tie has been reported since main took over */
  tieTold: boolean;
  /** foster asked main to end: whatever it does now is not a hand-off */
  endAsked: boolean;
  /** main has ended, but an exit event is missing: decided at the latest then */
  undecidedUntil: Nanoseconds | undefined;
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
    predecessor: undefined,
    origin: launcher,
    choice: undefined,
    tiedSince: undefined,
    tieTold: false,
    endAsked: false,
    undecidedUntil: undefined,
    over: false,
  };
}

/** At what stage the follower is (or was, at the time given). */
export function stageOf(follower: Follower, now: Nanoseconds, timing: Timing): Stage {
  const { main, tookOver } = follower;
  // sshd on HUP and php-fpm on USR2 exec themselves and daemonise again
  const launching = tookOver === undefined || (main.image.own && main.image.since > tookOver);
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
  if (follower.over) return undefined;
  if (follower.undecidedUntil !== undefined) return follower.undecidedUntil;
  if (follower.choice === undefined || follower.tookOver === undefined) return undefined;
  const closing = follower.tookOver + timing.settle;
  return follower.tiedSince === undefined ? closing : Math.min(closing, follower.tiedSince + timing.tie);
}

function decideEnd(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  const { main } = follower;
  const ended = main.ended!;
  // perf tells of the end, but not of the status, which wait tells a moment later
  if (ended.status === undefined && mayWait(follower, timing, now)) return { kind: 'wait' };
  if (follower.endAsked) return finish(follower, 'ended', 'it was asked to end');
  if (ended.status !== undefined && ended.status !== 0) {
    return finish(follower, 'died', `${describe(ended.status)}: never a hand-off`);
  }
  const stage = stageOf(follower, ended.at, timing);
  if (stage === 'launching') follower.origin = main;
  const found = heirs(follower, stage, evidence, timing);
  if (found.unseen && mayWait(follower, timing, now)) return { kind: 'wait' };
  const rivals = stage === 'settling' ? rivalsOf(follower, evidence, timing) : [];
  const former = rivals.length > 0 ? follower.predecessor! : main;
  const choice = chooseBest([...found.candidates, ...rivals], former, follower.origin);
  if (choice === undefined)
    return finish(follower, 'ended', `status 0 while ${stage}, and nobody takes over`);
  takeOver(follower, { ...choice, stage: former === main ? stage : follower.choice!.stage }, former, now);
  const others = choice.candidates.length - 1;
  const why = others === 0 ? 'the only one left' : `chosen among ${others + 1}`;
  return { kind: 'hand-off', from: main, to: choice.best, reason: `status 0 while ${stage}; ${why}` };
}

/** Whether evidence that is on its way may still be waited for. */
function mayWait(follower: Follower, timing: Timing, now: Nanoseconds): boolean {
  return now < (follower.undecidedUntil ??= now + timing.unseen);
}

/**
 * While a choice among several is open, main is one of them and may be the wrong one, a helper that ends: those beside it,
 * and what became of them since.
 */
function rivalsOf(follower: Follower, evidence: Evidence, timing: Timing): readonly Process[] {
  const { main, predecessor, choice } = follower;
  if (predecessor === undefined || choice === undefined) return [];
  const found = heirs({ ...follower, main: predecessor }, choice.stage, evidence, timing);
  return found.candidates.filter((candidate) => !descends(candidate, main));
}

/**
 * A choice among several is looked at again at every setsid and exit while settling. The look at the end of settling is the
 * last one: a tie that still stands then is told at the latest.
 */
function reconsider(follower: Follower, evidence: Evidence, timing: Timing, now: Nanoseconds): Decision {
  const { main, predecessor, tookOver, choice: before } = follower;
  if (predecessor === undefined || tookOver === undefined || before === undefined) return NOTHING;
  const { stage } = before;
  const last = now - tookOver >= timing.settle;
  const found = heirs({ ...follower, main: predecessor }, stage, evidence, timing);
  const best = chooseBest(found.candidates, predecessor, follower.origin);
  if (best?.candidates.includes(main) !== true) {
    // main is dead for /proc, and its own end will be decided as such; or what spoke for it has changed: it stays
    follower.tiedSince = undefined;
    if (last) follower.choice = undefined;
    return NOTHING;
  }
  const choice = { ...best, stage };
  if (choice.best !== main) {
    takeOver(follower, choice, predecessor, tookOver);
    if (choice.tied) follower.tiedSince = now;
    return { kind: 'hand-off', from: main, to: choice.best, reason: 'the better candidate by now' };
  }
  follower.tiedSince = choice.tied && !follower.tieTold ? (follower.tiedSince ?? now) : undefined;
  follower.choice = choice.candidates.length > 1 && !last ? choice : undefined;
  if (follower.tiedSince === undefined || !(last || now - follower.tiedSince >= timing.tie)) return NOTHING;
  follower.tiedSince = undefined;
  follower.tieTold = true;
  return { kind: 'tie', candidates: choice.candidates };
}

function takeOver(
  follower: Follower,
  choice: Choice & { readonly stage: Stage },
  predecessor: Process,
  now: Nanoseconds,
): void {
  follower.main = choice.best;
  follower.tookOver = now;
  follower.predecessor = predecessor;
  follower.choice = choice.candidates.length > 1 ? choice : undefined;
  follower.tiedSince = choice.tied ? now : undefined;
  follower.tieTold = false;
  follower.undecidedUntil = undefined;
}

function finish(
  follower: Follower,
  verdict: 'died' | 'ended',
  reason: string,
  status = follower.main.ended?.status,
): Decision {
  follower.over = true;
  follower.tiedSince = undefined;
  follower.undecidedUntil = undefined;
  return { kind: 'over', verdict, status, reason };
}

function describe(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `signal ${signal}`;
}
