/**
 * Decides what follows when main has ended with an unknown exit status: it ended while foster was not
 * running, or it was not foster's child and the kernel does not report the status of such processes (before
 * Linux 6.15).
 *
 * An unknown status counts as a failure. A hand-off is concluded only if something other than the status
 * proves it. A helper of a main that was killed never becomes main.
 */
import { isDeepStrictEqual } from 'node:util';
import { successors } from './candidates.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from './evidence.js';
import type { Candidate, MainEnd, Follower, Successors, Process } from '../model.js';
import type { Timing } from './timing.js';

/**
 * A launcher seen alive after this time stays in the foreground: it is main itself (supervisord and Pebble
 * use 1 s).
 */
const FOREGROUND_AFTER: Nanoseconds = 1.25e9;

/**
 * A process that took over and was seen alive after this time is no intermediate: intermediates end within 7
 * ms.
 */
const STABLE_AFTER: Nanoseconds = 1e8;

/** How long after a start or a hand-off it is worthwhile to record that main is alive: see `Tracking`. */
export const RECORD_ALIVE_AFTER = {
  afterLaunch: FOREGROUND_AFTER + 1e8,
  afterHandOff: STABLE_AFTER + 5e7,
} as const;

interface UnknownEnd {
  /** what is known of the exit, for choosing among the candidates */
  readonly ending: MainEnd;
  /** processes proven to be able to take over */
  readonly candidates: readonly Candidate[];
  /** processes that may have taken over, with no proof for or against */
  readonly unclear: readonly number[];
  /** a process is dead, but its exit event has not come */
  readonly unseen: boolean;
}

/** Finds out what main has left behind after an exit with unknown status. */
export function afterUnknownEnd(follower: Follower, evidence: Evidence, timing: Timing): UnknownEnd {
  const { main, tookOver, expectsHandOff } = follower;
  const origin = tookOver === undefined ? main.imageSession : follower.origin;
  const ending: MainEnd = { main, stage: 'launching', tookOver, origin };
  const found = allowedSuccessors(ending, follower, evidence, timing);
  // the class promises a hand-off: until it has happened, any process that outlives the launcher is the
  // promised one
  const promised = expectsHandOff && tookOver === undefined;
  const proven = promised ? found.candidates : found.candidates.filter(hasLeft(origin));
  if (promised || mayHandOff(follower)) {
    return {
      ending,
      candidates: proven,
      unclear: proven.length > 0 ? [] : follower.unclear,
      unseen: found.unseen,
    };
  }
  const again = found.candidates.filter(isRestartOfMain(main));
  if (again.length > 0) return { ending, candidates: again, unclear: [], unseen: found.unseen };
  const late = proven.filter(({ successor }) => mayBeLateDaemon(follower, successor.born, timing));
  const isSeen = main.ended?.notBefore === undefined;
  if (isSeen && late.length === 1) return { ending, candidates: late, unclear: [], unseen: found.unseen };
  return { ending, candidates: [], unclear: late.map(({ process }) => process.pid), unseen: found.unseen };
}

function allowedSuccessors(
  ending: MainEnd,
  { handOffRule }: Follower,
  evidence: Evidence,
  timing: Timing,
): Successors {
  const found = successors(ending, evidence, timing);
  if (handOffRule === 'any') return found;
  // `hand off never`, or a COMMAND, which hands off only to processes that have left its session
  const candidates = handOffRule === 'never' ? [] : found.candidates.filter(hasLeft(ending.origin));
  return { ...found, candidates };
}

/** Tests whether main was last seen alive so early that it may have been about to hand off. */
function mayHandOff({ main, tookOver }: Follower): boolean {
  const { notBefore, at = 0 } = main.ended ?? {};
  const lastSeen = notBefore ?? at;
  return tookOver === undefined
    ? lastSeen - main.image.since < FOREGROUND_AFTER
    : lastSeen - tookOver < STABLE_AFTER;
}

function hasLeft(origin: MainEnd['origin']): (candidate: Candidate) => boolean {
  return ({ process }) => process.session !== origin;
}

/**
 * Tests for a second instance of main's own program that leads its own session: either foster started it and
 * could not record that, or main upgraded itself and daemonised again.
 */
function isRestartOfMain({ image: { argv } }: Process): (candidate: Candidate) => boolean {
  return ({ process }) => {
    const { image, session } = process;
    const isProgram = image.isOwn && argv !== undefined && isDeepStrictEqual(image.argv, argv);
    return isProgram && session.leader === process;
  };
}

/**
 * Tests whether a process may be the daemon of a slow launcher. A slow launcher stays up and daemonises just
 * before it ends. A process forked long before that is a helper; one forked long after the start is a login
 * or a command.
 */
function mayBeLateDaemon({ main, tookOver }: Follower, born: Nanoseconds, timing: Timing): boolean {
  const { notBefore, at = 0 } = main.ended ?? {};
  if (tookOver !== undefined || born - main.image.since > timing.start) return false;
  return born > (notBefore ?? at - timing.settle);
}
