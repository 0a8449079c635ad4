/**
 * Finds the processes that have left a job's sessions for good. While a program daemonises, the future main
 * leaves them, too. So a process that leaves counts as a possible main for a while, and as detached after
 * that.
 */
import { childTowards } from '../follower/candidates.js';
import type { Nanoseconds } from '../events.js';
import { stageOf } from '../follower/follower.js';
import type { Follower, Process } from '../model.js';
import type { Timing } from '../follower/timing.js';

/**
 * A process that a launcher creates within this time is part of the start, with all its descendants, for the
 * whole start timeout. postgres runs long before pg_ctlcluster ends, and on a busy machine pg_ctl creates it
 * late. A login of an sshd in the foreground comes later, and a stop must not end it.
 */
const START_PERIOD: Nanoseconds = 1e9;

/** Returns until when the process may still become main; undefined if that stage is over. */
export function mayBecomeMainUntil(
  process: Process,
  follower: Follower,
  timing: Timing,
  now: Nanoseconds,
): Nanoseconds | undefined {
  const { main, tookOver, origin, expectsHandOff } = follower;
  const stage = stageOf(follower, now, timing);
  if (stage === 'settled') return undefined;
  if (stage === 'launching' && tookOver === undefined) {
    // a process forked before an exec is not the daemon that the new program leaves behind
    const after = childTowards(main, process).born - main.image.since;
    if (after < 0) return undefined;
    // a program known to daemonise is starting until it has done so
    if (expectsHandOff || after < START_PERIOD) return main.image.since + timing.start;
  }
  // a daemon that has left its launcher's session hands off within its own, except in the very first moment
  const arrived = stage === 'settling' && main.session !== origin;
  const until = process.sessionSince + timing.settle;
  return arrived ? Math.min(until, (tookOver ?? 0) + timing.quickHandOff) : until;
}

interface Departure {
  readonly process: Process;
  /** when to look again if no event arrives before */
  readonly due: Nanoseconds;
}

/** The processes that have called setsid and are not yet reported as detached. */
export class DetachWatch {
  #waiting: readonly Departure[] = [];

  constructor(private readonly timing: Timing) {}

  noted(process: Process, at: Nanoseconds): void {
    this.#waiting = [...this.#waiting, { process, due: at + this.timing.settle }];
  }

  /** Returns the earliest time at which `takeDetached` may return a process. */
  get due(): Nanoseconds {
    return this.#waiting.reduce((earliest, { due }) => Math.min(earliest, due), Infinity);
  }

  /**
   * Returns processes that can no longer become main; reports each once.
   * @param followerOf returns the follower of the process's run; undefined if that is over
   * @param look learns what it can about the session now, because later there may be nothing left to see
   */
  takeDetached(
    followerOf: (process: Process) => Follower | undefined,
    look: (process: Process, follower: Follower) => void,
    now: Nanoseconds,
  ): readonly Process[] {
    if (this.#waiting.length === 0) return this.#none;
    const gone: Process[] = [];
    const waiting: Departure[] = [];
    for (const departure of this.#waiting) {
      const { process } = departure;
      // ended, or in another session since
      if (process.ended !== undefined || process.session.leader !== process) continue;
      const follower = followerOf(process);
      if (follower !== undefined) look(process, follower);
      const until = follower && mayBecomeMainUntil(process, follower, this.timing, now);
      const settled = process.sessionSince + this.timing.settle;
      if (until === undefined || now >= until) gone.push(process);
      else waiting.push({ process, due: now < settled ? Math.min(until, settled) : until });
    }
    this.#waiting = waiting;
    return gone;
  }

  readonly #none: readonly Process[] = [];
}
