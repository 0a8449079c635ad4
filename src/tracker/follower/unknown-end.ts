/**
 * What follows when main has ended and nobody knows how: it ended while foster was not running, or it was no child of foster
 * and the kernel does not report the status of such processes (before Linux 6.15).
 *
 * An unknown status is abnormal. A hand-off is concluded only where something else than the status proves it; a helper of a
 * main that was killed is never taken for main.
 */
import { isDeepStrictEqual } from 'node:util';
import { successors } from './candidates.js';
import type { Nanoseconds } from '../events.js';
import type { Evidence } from './evidence.js';
import type { Candidate, MainEnd, Follower, Successors, Process } from '../model.js';
import type { Timing } from './timing.js';

/** A launcher that was seen alive after this time stays in the foreground: it is main itself (supervisord's and Pebble's figure is 1 s). */
const FOREGROUND_AFTER: Nanoseconds = 1.25e9;

/** A process that took over and was seen alive after this time is no intermediate: these end within 7 ms. */
const STABLE_AFTER: Nanoseconds = 1e8;

/** How long after main was last known to live, or has ended, it is worthwhile to record that it lived: see `Tracking`. */
export const RECORD_ALIVE_AFTER = {
  afterLaunch: FOREGROUND_AFTER + 1e8,
  afterHandOff: STABLE_AFTER + 5e7,
} as const;

export interface UnknownEnd {
  /** what is known of the end, for choosing among the candidates */
  readonly ending: MainEnd;
  /** who may take over, by proof */
  readonly candidates: readonly Candidate[];
  /** processes that may have taken over, which nothing proves and nothing contradicts */
  readonly unclear: readonly number[];
  /** a process is dead, but its exit event has not come */
  readonly unseen: boolean;
}

/** Looks at what main has left, when it ended with an unknown status. */
export function afterUnknownEnd(follower: Follower, evidence: Evidence, timing: Timing): UnknownEnd {
  const { main, tookOver, expectsHandOff } = follower;
  const origin = tookOver === undefined ? main.imageSession : follower.origin;
  const ending: MainEnd = { main, stage: 'launching', tookOver, origin };
  const found = allowedSuccessors(ending, follower, evidence, timing);
  // a class that promises a hand-off: until it has happened, whoever outlives the launcher is what was promised
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
  // `hand off never`, and a COMMAND, which hands off to what has left its session alone
  const candidates = handOffRule === 'never' ? [] : found.candidates.filter(hasLeft(ending.origin));
  return { ...found, candidates };
}

/** Whether main was last known to live so early that it may have been on the way to a hand-off. */
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
 * The very program of main, executed by a process that leads a session of its own: foster itself has started it and could not
 * record that, or main has upgraded itself and daemonised again.
 */
function isRestartOfMain({ image: { argv } }: Process): (candidate: Candidate) => boolean {
  return ({ process }) => {
    const { image, session } = process;
    const isProgram = image.isOwn && argv !== undefined && isDeepStrictEqual(image.argv, argv);
    return isProgram && session.leader === process;
  };
}

/**
 * A launcher that has stayed up may still daemonise, as slow ones do, just before it ends. What was forked while it lived on for
 * long is a helper, and what is forked long after the start is a login or a command.
 */
function mayBeLateDaemon({ main, tookOver }: Follower, born: Nanoseconds, timing: Timing): boolean {
  const { notBefore, at = 0 } = main.ended ?? {};
  if (tookOver !== undefined || born - main.image.since > timing.start) return false;
  return born > (notBefore ?? at - timing.settle);
}
