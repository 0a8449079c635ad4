/**
 * Who is main? One follower for each run of a job (DESIGN section 4). Nothing but main's own end is ever decided, and
 * no fork is ever counted. Here is what is known of a run; what follows from it is decided in decision.ts.
 *
 *                 exec of itself
 *            ┌───────────────────────┐
 *            ▼                       │
 *        launching ──hand-off──▶ settling ──3 s──▶ settled ──hand-off (upgrade)──▶ settling
 *            │                       │                │
 *            └───────── main ended, nobody takes over ┴──▶ over
 */
import type { Nanoseconds } from '../events.js';
import {
  followerRecord,
  type AwaitedEvidence,
  type Choice,
  type Follower,
  type PendingChoice,
  type Process,
  type Stage,
} from '../model.js';
import type { Timing } from './timing.js';

export function follow(launcher: Process): Follower {
  return followerRecord.create({ launcher, main: launcher, origin: launcher.session });
}

/** Returns the stage of the follower at the given time. */
export function stageOf(follower: Follower, now: Nanoseconds, timing: Timing): Stage {
  const { main, tookOver, orphanedBy } = follower;
  // sshd on HUP and php-fpm on USR2 exec themselves and daemonise again; the hand-off itself may be observed
  // late
  const launching =
    tookOver === undefined || (main.image.isOwn && main.image.since > (orphanedBy?.ended?.at ?? tookOver));
  if (launching) return now - main.image.since <= timing.start ? 'launching' : 'settled';
  return now - tookOver < timing.settle ? 'settling' : 'settled';
}

/** Returns when `decide` has something to do even if no event arrives. */
export function deadlineOf(follower: Follower, timing: Timing): Nanoseconds | undefined {
  const { over, undecidedUntil, choice, pendingChoice, tiedSince } = follower;
  if (over) return undefined;
  if (undecidedUntil !== undefined) return undecidedUntil;
  if (choice === undefined || pendingChoice === undefined) return undefined;
  return tiedSince === undefined
    ? pendingChoice.until
    : Math.min(pendingChoice.until, tiedSince + timing.tie);
}

/**
 * Tests whether to keep waiting for evidence that may still arrive.
 * @param span how long to wait, from the first call on
 * @param look when to look again, if no event announces the evidence
 */
export function mayWait(
  follower: Follower,
  what: keyof AwaitedEvidence,
  span: Nanoseconds,
  now: Nanoseconds,
  look: Nanoseconds = Infinity,
): boolean {
  const until = (follower.awaited[what] ??= now + span);
  if (now >= until) return false;
  follower.undecidedUntil = Math.min(until, now + look);
  return true;
}

/** Records that main's exit status will never be known. */
export function giveUpOnStatus(follower: Follower, now: Nanoseconds): void {
  follower.awaited.status = now;
}

export function waitNoMore(follower: Follower): void {
  follower.undecidedUntil = undefined;
  follower.awaited = {};
  follower.evidenceChecks = 0;
}

/** Makes the best candidate of a choice main. */
export function handOffTo(
  follower: Follower,
  choice: Choice,
  pending: PendingChoice,
  now: Nanoseconds,
): void {
  follower.main = choice.best.process;
  // on a reconsidered choice, the new main may have become eligible only since then
  const { orphanedBy } = choice.best;
  follower.tookOver = Math.max(now, orphanedBy.ended?.at ?? now);
  follower.orphanedBy = orphanedBy;
  follower.pendingChoice = pending;
  follower.origin = choice.best.launches.at(-1)!.origin;
  follower.choice = choice.candidates.length > 1 ? choice : undefined;
  follower.tiedSince = choice.tied ? now : undefined;
  follower.tieReported = false;
  follower.attached &&= follower.main.launcher !== follower.launcher;
  waitNoMore(follower);
}

/** Makes this process main because the job says so; the previous main may live on. */
export function setMain(follower: Follower, main: Process, now: Nanoseconds): void {
  follower.main = main;
  // a process outside the launched lineage was attached to it
  follower.attached = main.launcher !== follower.launcher;
  follower.tookOver = now;
  follower.orphanedBy = undefined;
  follower.pendingChoice = undefined;
  follower.choice = undefined;
  follower.tiedSince = undefined;
  follower.tieReported = false;
  waitNoMore(follower);
}

/** Tests whether main is, or was, a guess among several. */
export function isUncertain({ choice, tieReported }: Follower): boolean {
  return choice !== undefined || tieReported;
}
