/**
 * Who has left the sessions of a job for good? While a program daemonises, the process that is to become main leaves them
 * too. So whoever leaves counts as on the way to being main for a while, and as detached after that.
 */
import { childTowards } from '../follower/candidates.js';
import type { Nanoseconds } from '../events.js';
import { stageOf } from '../follower/follower.js';
import type { Follower, Process } from '../model.js';
import type { Timing } from '../follower/timing.js';

/**
 * What a launcher creates within this time of its start is part of the start, with all that comes of it, for as long as that
 * may take: postgres runs long before pg_ctlcluster ends, and on a busy machine pg_ctl creates it late. A login of an sshd
 * in the foreground comes later, and is not to be ended by a stop.
 */
const START_PERIOD: Nanoseconds = 1e9;

/** Until when the process may be on the way to being main; undefined when the stage is over at which there is a way. */
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
    // what was forked before an exec is not what the program leaves behind as its daemon
    const after = childTowards(main, process).born - main.image.since;
    if (after < 0) return undefined;
    // a program that is known to daemonise starts as long as it has not
    if (expectsHandOff || after < START_PERIOD) return main.image.since + timing.start;
  }
  // a daemon that has left its launcher's session hands off within it, but for the very first moment
  const arrived = stage === 'settling' && main.session !== origin;
  const until = process.sessionSince + timing.settle;
  return arrived ? Math.min(until, (tookOver ?? 0) + timing.quickHandOff) : until;
}

interface Departure {
  readonly process: Process;
  /** when to look again, if nothing happens before */
  readonly due: Nanoseconds;
}

/** Processes that have called setsid and of which it has not been said yet that they are detached. */
export class DetachWatch {
  #waiting: readonly Departure[] = [];

  constructor(private readonly timing: Timing) {}

  noted(process: Process, at: Nanoseconds): void {
    this.#waiting = [...this.#waiting, { process, due: at + this.timing.settle }];
  }

  /** The earliest time at which `take` may have somebody to tell of. */
  get due(): Nanoseconds {
    return this.#waiting.reduce((earliest, { due }) => Math.min(earliest, due), Infinity);
  }

  /**
   * Processes that are no longer on the way; each is told of once.
   * @param followerOf the follower of the run that a process belongs to; undefined when that is over
   * @param look finds out what it can about the session, since later there may be nothing left to see
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
