/**
 * Decides the order of requests. The owner's come first. Each client process of the owner, and each other
 * user, gets its turn, so that two thousand requests of one do not delay the first of another. A process of the owner that has
 * not asked lately comes before a thousand that ask all the time. The event loop runs between two slices of work: exits and
 * respawns never wait for more than one request.
 */
import type { Caller } from './authorisation.js';

/** Length of a slice for the owner. It delays a respawn by at most 5 ms. */
const SLICE_MS = 5;
/** Who was answered this long ago is a newcomer again, as is `foster status` in somebody's loop. */
const LATELY_MS = 1000;
/** Strangers get a quarter of the time: after a request of 2 ms, the next one waits 6 ms. */
const PAUSE_PER_WORK = 3;

/** The clock and timers; tests pass their own. */
export interface TurnsClock {
  /** milliseconds, monotonic */
  now(): number;
  /** calls back after the event loop has checked everything else */
  soon(work: () => void): void;
  after(milliseconds: number, work: () => void): void;
}

interface TurnsOptions {
  readonly clock: TurnsClock;
  /** this client reads its answers too slowly: it gets no further one for now */
  readonly isBehind: (client: string) => boolean;
}

/** Identifies a client for fairness: a process of the owner's, or any other user as a whole. */
export function clientOf({ access, pid, uid }: Caller): string {
  return access === 'owner' ? `process ${pid}` : `user ${uid}`;
}

/** Waiting work by client; the first one is next. */
type Queues = Map<string, (() => void)[]>;

export class Turns {
  /** the first request of each process of the owner that was not answered lately */
  readonly #newcomers: Queues = new Map();
  readonly #owners: Queues = new Map();
  /** when each process of the owner was answered last, if that was lately; the least recent one is first */
  readonly #answered = new Map<string, number>();
  readonly #strangers: Queues = new Map();
  #strangersAt = 0;
  #isScheduled = false;
  #isPausing = false;

  constructor(private readonly options: TurnsOptions) {}

  /** Runs `work` at this caller's turn; never before this returns. */
  enqueue(caller: Caller, work: () => void): void {
    const client = clientOf(caller);
    const queues = caller.access === 'owner' ? this.#ownersQueues(client) : this.#strangers;
    const queue = queues.get(client);
    if (queue === undefined) queues.set(client, [work]);
    else queue.push(work);
    this.wake();
  }

  #ownersQueues(client: string): Queues {
    this.#forgetAnswered();
    const isNew = !this.#answered.has(client) && !this.#newcomers.has(client) && !this.#owners.has(client);
    return isNew ? this.#newcomers : this.#owners;
  }

  #forgetAnswered(): void {
    const lately = this.options.clock.now() - LATELY_MS;
    for (const [client, at] of this.#answered) {
      if (at > lately) return;
      this.#answered.delete(client);
    }
  }

  /** Checks again whether a client that was behind has caught up. */
  wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.options.clock.soon(() => this.#run());
  }

  #run(): void {
    const { clock } = this.options;
    this.#isScheduled = false;
    const end = clock.now() + SLICE_MS;
    let work = this.#takeOwners();
    while (work !== undefined) {
      work();
      if (clock.now() >= end) return this.wake();
      work = this.#takeOwners();
    }
    this.#runStranger();
  }

  #runStranger(): void {
    const { clock } = this.options;
    const begin = clock.now();
    if (begin < this.#strangersAt) return this.#wakeAfter(this.#strangersAt - begin);
    const work = this.#take(this.#strangers)?.work;
    if (work === undefined) return;
    work();
    const end = clock.now();
    this.#strangersAt = end + (end - begin) * PAUSE_PER_WORK;
    if (this.#strangers.size > 0) this.#wakeAfter(this.#strangersAt - end);
  }

  #wakeAfter(milliseconds: number): void {
    if (this.#isPausing) return;
    this.#isPausing = true;
    this.options.clock.after(milliseconds, () => {
      this.#isPausing = false;
      this.wake();
    });
  }

  #takeOwners(): (() => void) | undefined {
    const taken = this.#take(this.#newcomers) ?? this.#take(this.#owners);
    if (taken === undefined) return undefined;
    this.#answered.delete(taken.client);
    this.#answered.set(taken.client, this.options.clock.now());
    return taken.work;
  }

  /** Takes the next work of the first client that is not behind; that client goes to the end of the line. */
  #take(queues: Queues): { readonly client: string; readonly work: () => void } | undefined {
    for (const [client, queue] of queues) {
      if (this.options.isBehind(client)) continue;
      const work = queue.shift()!;
      queues.delete(client);
      if (queue.length > 0) queues.set(client, queue);
      return { client, work };
    }
    return undefined;
  }
}
