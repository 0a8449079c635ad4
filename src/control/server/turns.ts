/**
 * In which order requests are answered. The owner's come first; each client process of the owner, and each other user, has
 * its turn, so that two thousand requests of one do not stand before the first of another. Between two slices of work the
 * event loop runs: deaths and respawns never wait for more than one request.
 */
import type { Caller } from './authorisation.js';

/** Work of the owner's in one go. A respawn is noticed 5 ms late at worst. */
const SLICE_MS = 5;
/** Strangers get a quarter of the time: after a request that took 2 ms, the next one waits 6 ms. */
const PAUSE_PER_WORK = 3;

/** What the rest of the world does for it. */
export interface TurnsClock {
  /** milliseconds, monotonic */
  now(): number;
  /** once the event loop has looked at everything else */
  soon(work: () => void): void;
  after(milliseconds: number, work: () => void): void;
}

export interface TurnsOptions {
  readonly clock: TurnsClock;
  /** this client takes its answers too slowly: it gets no further one for now */
  readonly isBehind: (client: string) => boolean;
}

/** One client, as far as fairness goes: a process of the owner's, or any other user as a whole. */
export function clientOf({ access, pid, uid }: Caller): string {
  return access === 'owner' ? `process ${pid}` : `user ${uid}`;
}

/** Waiting work by client, the one whose turn is next in front. */
type Queues = Map<string, (() => void)[]>;

export class Turns {
  readonly #owners: Queues = new Map();
  readonly #strangers: Queues = new Map();
  #strangersAt = 0;
  #isScheduled = false;
  #isPausing = false;

  constructor(private readonly options: TurnsOptions) {}

  /** Has `work` done when it is this caller's turn; never before this returns. */
  enqueue(caller: Caller, work: () => void): void {
    const queues = caller.access === 'owner' ? this.#owners : this.#strangers;
    const client = clientOf(caller);
    const queue = queues.get(client);
    if (queue === undefined) queues.set(client, [work]);
    else queue.push(work);
    this.wake();
  }

  /** A client that was behind may have caught up. */
  wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.options.clock.soon(() => this.#run());
  }

  #run(): void {
    const { clock } = this.options;
    this.#isScheduled = false;
    const end = clock.now() + SLICE_MS;
    let work = this.#take(this.#owners);
    while (work !== undefined) {
      work();
      if (clock.now() >= end) return this.wake();
      work = this.#take(this.#owners);
    }
    this.#runStranger();
  }

  #runStranger(): void {
    const { clock } = this.options;
    const begin = clock.now();
    if (begin < this.#strangersAt) return this.#wakeAfter(this.#strangersAt - begin);
    const work = this.#take(this.#strangers);
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

  /** The next piece of work of the first client that is not behind; that client goes to the end of the line. */
  #take(queues: Queues): (() => void) | undefined {
    for (const [client, queue] of queues) {
      if (this.options.isBehind(client)) continue;
      const work = queue.shift();
      queues.delete(client);
      if (queue.length > 0) queues.set(client, queue);
      return work;
    }
    return undefined;
  }
}
