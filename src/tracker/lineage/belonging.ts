/**
 * Decides which processes of a run are members of its job, and which are detached (DESIGN section 4, "Members
 * and detached processes").
 *
 * A process in main's session, or in the launcher's, is a member. A process that has left both is
 * - about to become main, while the program that forked it may still daemonise (detach-watch.ts): a member
 *   until then;
 * - part of the job, if main only waits for it: `su -c`, `runuser -l`, `setsid -w`;
 * - detached otherwise: a login of sshd, a command of cron. It outlives a stop and a restart.
 *
 * A member stays a member after main's end, because members are ended only then.
 */
import type { Occupation } from '../../kernel/kernel.js';
import { mayBecomeMainUntil } from './detach-watch.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from '../follower/evidence.js';
import { isShell } from './program.js';
import type { Follower, Process } from '../model.js';
import type { SessionMembership } from '../model/process.js';
import type { Timing } from '../follower/timing.js';

/** Tests whether a living process of the job is a member of it. */
export function isMember(
  process: Process,
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): boolean {
  const { main, launcher } = follower;
  const { session } = process;
  if (process === main || session === main.session || session === launcher.session) return true;
  if (process.launcher !== main.launcher) return false;
  const membership = learnMembership(process, follower, evidence, timing, now);
  if (membership !== undefined && !(membership.isOnPurpose === true && hasFailed(follower)))
    return membership.isMember;
  const at = Math.min(now, main.ended?.at ?? now);
  return at < (mayBecomeMainUntil(process, follower, timing, at) ?? -Infinity);
}

/**
 * Tests whether main failed by itself. If it was launching, a process in a session of its own may be the
 * daemon of a failed start.
 */
function hasFailed({ main, endRequested }: Follower): boolean {
  return main.ended !== undefined && main.ended.status !== 0 && !endRequested;
}

/**
 * Finds out whether this process's session is part of the job, and remembers the answer. This works only
 * while main lives: after its end there is nothing left to look at.
 *
 * What a script seems to do on purpose may be the start of a daemon as long as the session has not settled: the answer is
 * then not remembered here. At a stop it counts (`Tracker.endRequested`).
 */
export function learnMembership(
  process: Process,
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): SessionMembership | undefined {
  const { main } = follower;
  const { session } = process;
  if (session.membership?.main === main) return session.membership;
  const way = main.ended === undefined ? pathFrom(main, process) : undefined;
  const judgement = way && judgeSession(way, process, follower, evidence, timing, now);
  if (judgement === undefined) return undefined;
  const isOnPurpose = judgement === 'apart' && { isOnPurpose: true };
  const membership = { main, isMember: judgement === 'part', ...isOnPurpose };
  if (judgement !== 'apart' || hasSettled(process, timing, now)) session.membership = membership;
  return membership;
}

/** Tests whether the session was made so long ago that its launcher will not leave it as its daemon. */
function hasSettled({ session, sessionSince }: Process, timing: Timing, now: Nanoseconds): boolean {
  return now - (session.leader?.sessionSince ?? sessionSince) >= timing.settle;
}

/**
 * Returns the living processes from main down to this process's session, and the first process in that
 * session, alive or not. Undefined if the process does not descend from main.
 */
function pathFrom(main: Process, process: Process): readonly Process[] | undefined {
  let first = process;
  for (let at = process.creator; at !== undefined && at !== main; at = at.creator)
    if (at.session === process.session) first = at;
  const way = [first];
  for (let at = first.creator; at !== undefined; at = at.creator) {
    if (at.ended === undefined) way.unshift(at);
    if (at === main) return way;
  }
  return undefined;
}

/** `apart`: detached too, but deliberately by a script. */
type Judgement = 'part' | 'detached' | 'apart';

/**
 * Judges a session; undefined if nothing decides it (yet).
 *
 * A wrapper blocks in wait(2) for what it has started, and has started nothing else in its own session. A
 * wrapper that relays a terminal or signals (`script`, `sudo`, `su --pty`) differs from a server: it has only
 * one child, forked as soon as it began. A server listens on sockets that it closes in a login. cron sleeps,
 * and has a process of its own session between itself and a command.
 */
function judgeSession(
  way: readonly Process[],
  process: Process,
  { tookOver, main, endRequested }: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): Judgement | undefined {
  // a daemon that forks is no wrapper, unless that program was exec'd to be main
  const mayBeWrapper = tookOver === undefined || main.image.isOwn;
  const isSettled = now - process.sessionSince >= timing.settle;
  let judgement: 'part' | undefined = 'part';
  for (const [place, above] of way.slice(0, -1).entries()) {
    const below = way[place + 1]!;
    const occupation = evidence.activityOf?.(above, process);
    if (occupation === 'serves') return 'detached';
    const isOnPurpose = detachedOnPurpose(above, below);
    if (isOnPurpose || (occupation === 'waits' && waitsForAnotherChild(above, below, evidence))) {
      // A launcher leaves its daemon the same way, and goes on for a moment, but does not wait for it. If it fails, that was
      // not on purpose (isMember). A stop may end what it waits for.
      const staysWithIt = isOnPurpose && !endRequested && waitsFor(above, below, occupation, evidence);
      if (staysWithIt || hasSettled(process, timing, now)) return 'apart';
      judgement = undefined;
      continue;
    }
    if (occupation === 'waits') {
      // setsid(1) is about to exec its command
      if (below.session !== above.session && below.session.leaderHadExeced && !isSettled)
        judgement = undefined;
      continue;
    }
    if (occupation === 'sleeps' && below.session !== process.session) return 'detached';
    if (!mayBeWrapper || !isSettled || !isOnlyChild(above, below, timing)) judgement = undefined;
  }
  return judgement;
}

/**
 * Tests whether a process waits for a child other than the one that has left the session: a shell that runs
 * `setsid daemon &` waits for its next command.
 */
function waitsForAnotherChild(above: Process, below: Process, evidence: Evidence): boolean {
  if (below.session === above.session) return false;
  if ([...above.children].some((child) => child.ended === undefined && child.session === above.session))
    return true;
  // it may have been forked since the events were read
  const children = evidence.childrenOf?.(above) ?? [];
  return children.some((pid) => pid !== below.pid && evidence.sessionOf(pid) === above.session.id);
}

/** Tests whether a script waits for its child that has left the session: dash does so in sigsuspend(2), others in wait(2). */
function waitsFor(
  above: Process,
  below: Process,
  occupation: Occupation | undefined,
  evidence: Evidence,
): boolean {
  const isChild = below.creator === above && below.isDirectChild && below.ended === undefined;
  const waits = occupation === 'waits' || (occupation === 'awaits-signal' && isShell(above.image));
  return isChild && waits && !waitsForAnotherChild(above, below, evidence);
}

/**
 * Tests whether setsid(1) made the session for the program that runs in it. A script that calls setsid(1)
 * detaches something on purpose, even if it waits for it. su, runuser and `setsid -w` fork first, and their
 * child makes the session.
 */
function detachedOnPurpose(above: Process, { session }: Process): boolean {
  const { leader, leaderHadExeced } = session;
  return session !== above.session && leaderHadExeced && leader?.imageSession === session;
}

/** Tests whether a process forked another one as soon as its program began, and has no other living child. */
function isOnlyChild(above: Process, below: Process, timing: Timing): boolean {
  const after = below.born - above.image.since;
  if (after < 0 || after >= timing.settle) return false;
  return [...above.children].every((child) => child === below || child.ended !== undefined);
}
