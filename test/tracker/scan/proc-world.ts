/** /proc as it would show a history at any time: who is whose child by then, in which session, and what may be read. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { Marks } from '../../../src/tracker/scan/mark.js';
import { TICK, type SeenProcess, type Snapshot } from '../../../src/tracker/scan/snapshot.js';
import { imageAt, leaderAt, livesAt, type Being, type History } from '../chains/history.js';
import { JOB, SUPERVISOR } from '../support/scene.js';

const marks = new Marks();

/** What the kernel lets the supervisor see of its jobs. */
export interface Sight {
  /** the job's mark, which everything inherits */
  readonly marks: boolean;
  /** environment and stack: not of a process that has changed its uid */
  readonly memory: boolean;
}

export class ProcWorld {
  /** children of the supervisor that it has waited for */
  readonly #reaped = new Set<number>();

  constructor(
    private readonly history: History,
    private readonly sight: Sight,
    /** whether creators wait for their children, or leave the zombies */
    private readonly creatorsWait: boolean,
  ) {}

  reap(pid: number): void {
    this.#reaped.add(pid);
  }

  /** The supervisor's own children that have ended and wait to be reaped. */
  zombies(at: Nanoseconds): Being[] {
    return this.history.beings.filter(
      (being) =>
        being.end !== undefined &&
        being.end.at <= at &&
        !this.#reaped.has(being.pid) &&
        this.#isThere(being, at) &&
        this.#parentOf(being, at) === SUPERVISOR,
    );
  }

  snapshot(at: Nanoseconds, zombies: readonly SeenProcess[] = []): Snapshot {
    const there = this.history.beings.filter((being) => this.#isThere(being, at));
    const processes = new Map(there.map((being) => [being.pid, this.see(being, at)]));
    for (const zombie of zombies) if (!processes.has(zombie.pid)) processes.set(zombie.pid, zombie);
    const living = (pid: number): Being | undefined => {
      const being = there.find((other) => other.pid === pid);
      return being !== undefined && livesAt(being, at) ? being : undefined;
    };
    return {
      processes,
      beganAt: at,
      completeAt: at,
      argv: (pid) => {
        const being = living(pid);
        return being && imageAt(being, at).argv;
      },
      executable: (pid) => {
        const being = this.sight.memory ? living(pid) : undefined;
        return being && imageAt(being, at).argv?.[0];
      },
      environment: (pid) =>
        this.sight.memory && living(pid) !== undefined
          ? new Map([
              ['PATH', '/bin'],
              ['FOSTER_JOB', JOB],
            ])
          : undefined,
      mark: (pid) => (this.sight.marks && living(pid) !== undefined ? marks.ofJob(JOB_KEY) : undefined),
    };
  }

  see(being: Being, at: Nanoseconds): SeenProcess {
    const dead = !livesAt(being, at);
    const startTime = Math.floor(being.born / TICK);
    return {
      pid: being.pid,
      parent: this.#parentOf(being, at),
      session: leaderAt(being, Math.min(at, being.end?.at ?? at)).pid,
      comm: commOf(being, at),
      dead,
      startTime,
      started: startTime * TICK,
      stackStart: this.sight.memory && !dead ? stackOf(being, at) : undefined,
      status: undefined,
    };
  }

  #isThere(being: Being, at: Nanoseconds): boolean {
    if (being.born > at) return false;
    if (being.end === undefined || at < being.end.at) return true;
    const { creator } = being;
    const waitedBy = creator !== undefined && livesAt(creator, being.end.at) ? creator : undefined;
    // a zombie whose creator ends becomes the supervisor's, which waits for it at once
    if (waitedBy === undefined || !livesAt(waitedBy, at))
      return !this.#reaped.has(being.pid) && !(waitedBy !== undefined && this.creatorsWait);
    return !this.creatorsWait;
  }

  #parentOf(being: Being, at: Nanoseconds): number {
    const { creator } = being;
    return creator !== undefined && livesAt(creator, at) ? creator.pid : SUPERVISOR;
  }
}

/** `NAME NUL INSTANCE`, as the supervisor calls its jobs. */
export const JOB_KEY = `${JOB}\0`;

function commOf(being: Being, at: Nanoseconds): string {
  const program = imageAt(being, Math.min(at, being.end?.at ?? at)).argv?.[0] ?? 'launcher';
  return program.slice(program.lastIndexOf('/') + 1);
}

/** One number for each exec, which what is forked shares. */
function stackOf(being: Being, at: Nanoseconds): number {
  const exec = being.execs.findLast((known) => known.at <= at);
  if (exec !== undefined) return being.pid * 1000 + being.execs.indexOf(exec) + 1;
  return being.creator === undefined ? being.pid * 1000 : stackOf(being.creator, being.born);
}
