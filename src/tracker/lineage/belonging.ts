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
import { mayBecomeMainUntil } from './detach-watch.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from '../follower/evidence.js';
import type { Follower, Process } from '../model.js';
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
  learnMembership(process, follower, evidence, timing, now);
  const { membership } = session;
  if (membership?.main === main && !(membership.isOnPurpose === true && hasFailed(follower)))
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
 */
export function learnMembership(
  process: Process,
  follower: Follower,
  evidence: Evidence,
  timing: Timing,
  now: Nanoseconds,
): void {
  const { main } = follower;
  const { session } = process;
  if (session.membership?.main === main || main.ended !== undefined) return;
  const way = pathFrom(main, process);
  if (way === undefined) return;
  const judgement = judgeSession(way, process, follower, evidence, timing, now);
  if (judgement === undefined) return;
  const isOnPurpose = judgement === 'apart' && { isOnPurpose: true };
  session.membership = { main, isMember: judgement === 'part', ...isOnPurpose };
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
  { tookOver, main }: Follower,
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
    // independent of how the script waits: dash's own `wait` sleeps in sigsuspend(2)
    if (detachedOnPurpose(above, below) || (occupation === 'waits' && waitsForAnotherChild(above, below))) {
      // a launcher leaves its daemon the same way: if it fails, that was not on purpose (isMember)
      return 'apart';
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
function waitsForAnotherChild(above: Process, below: Process): boolean {
  if (below.session === above.session) return false;
  return [...above.children].some((child) => child.ended === undefined && child.session === above.session);
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
