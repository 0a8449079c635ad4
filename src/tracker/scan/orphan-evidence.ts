/** What ties an orphan to a lineage: image, session, user, environment, name. */
import { jobKey } from '../job-key.js';
import type { Process } from '../model.js';
import { type Known, livedAt } from './known.js';
import type { SeenProcess } from './snapshot.js';

/** The environment variables that foster gives every process of a job. */
export const JOB_MARKER = 'FOSTER_JOB';
export const INSTANCE_MARKER = 'FOSTER_INSTANCE';

/** Tests whether both run the image of one exec. */
export function sharesImage(orphan: SeenProcess, { seen, lastSeen }: Known): boolean {
  const stack = orphan.stackStart;
  return stack !== undefined && (stack === seen?.stackStart || stack === lastSeen?.stackStart);
}

/** Tests all four ids: a process with only one of them different may be under another user's control. */
export function runsAs(uids: readonly number[] | undefined, uid: number): boolean {
  return uids !== undefined && uids.length > 0 && uids.every((one) => one === uid);
}

/**
 * Tests whether an orphan belongs to a former run. Only a process of the job can hand down a program image. A
 * session id may have been reused since its members were last seen, so it counts only with a living member or
 * the mark.
 */
export function provesFormer(orphan: SeenProcess, members: readonly Known[], bearsMark: boolean): boolean {
  if (members.some((known) => sharesImage(orphan, known))) return true;
  const mates = members.filter((known) => sharesSession(orphan, known));
  return bearsMark
    ? mates.length > 0
    : mates.some(({ dead, seen }) => !dead && seen?.session === orphan.session);
}

/**
 * Tests whether an orphan shares a session with a known process. A session id is not reused while the session
 * has a process, and members are in it from birth. So the session belongs to the lineage if one of its
 * members was alive when the orphan was created.
 */
export function sharesSession(orphan: SeenProcess, known: Known): boolean {
  if (orphan.session === orphan.pid || !livedAt(known, orphan.started)) return false;
  // the second: it has made the session since it was last seen
  return known.session === orphan.session || known.pid === orphan.session;
}

/**
 * Tests whether an orphan is in the session that a living launcher was given at its start. That proves the lineage:
 * no process can join a session from outside (setsid(2)).
 */
export function isInSessionOf(orphan: SeenProcess, members: readonly Known[]): boolean {
  return members.some(
    ({ process, launcher, dead, seen }) =>
      process === launcher && !dead && seen?.session === launcher.pid && orphan.session === launcher.pid,
  );
}

/** Returns the job that the environment names. */
export function jobMarkerOf(environment: ReadonlyMap<string, string> | undefined): string | undefined {
  const name = environment?.get(JOB_MARKER);
  return name === undefined ? undefined : jobKey({ name, instance: environment?.get(INSTANCE_MARKER) ?? '' });
}

/**
 * Returns the name of a process. A zombie still has its name; a process that is gone has its last seen one.
 */
export function nameOf({ seen, lastSeen }: Known): string | undefined {
  return seen?.comm ?? lastSeen?.comm;
}

/**
 * Returns the process that has forked an orphan, as far as can be told; with `intermediate`, the one that has forked that
 * unseen process, whose session the orphan is in.
 */
export function creatorOf(
  orphan: SeenProcess,
  { launcher, members }: { readonly launcher: Process; readonly members: readonly Known[] },
): { readonly creator: Known; readonly intermediate?: number } {
  const then = members.filter((known) => livedAt(known, orphan.started));
  const dead = then.filter((known) => known.dead);
  // if none of them has died, a living one has created a process unseen, and that has died
  const fallback =
    bestGuess(then, orphan) ?? members.find(({ process }) => process === launcher) ?? members[0]!;
  if (orphan.session === orphan.pid) return { creator: bestGuess(dead, orphan) ?? fallback };
  const session = members.filter((known) => sharesSession(orphan, known));
  if (session.length === 0) {
    return { creator: bestGuess(dead, orphan) ?? fallback, intermediate: orphan.session };
  }
  // if all in the session are alive, an unseen process between one of them and the orphan has died
  const creator = bestGuess(
    session.filter(({ dead }) => dead),
    orphan,
  );
  return { creator: creator ?? session.find(({ pid }) => pid === orphan.session) ?? session[0]! };
}

/**
 * Guesses the creator: a process that has died since the last scan, because that scan would have shown what
 * earlier ones left. Of these, first one with the same image, then one with the same name, then the oldest:
 * helpers come and go, main stays.
 */
function bestGuess(dead: readonly Known[], orphan: SeenProcess): Known | undefined {
  const lately = dead.filter(({ endedAt }) => endedAt === undefined);
  const creators = lately.length > 0 ? lately : dead;
  return (
    creators.find((known) => sharesImage(orphan, known)) ??
    creators.find((known) => nameOf(known) === orphan.comm) ??
    creators[0]
  );
}
