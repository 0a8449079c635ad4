/**
 * Looks for new listening sockets, for all jobs that wait for one (`ready port`).
 *
 * The kernel does not report a socket that starts listening, so foster polls a job's port while the job
 * starts; never afterwards, and no longer than the start timeout. The tables of /proc/net are expensive: at
 * each read the kernel walks its whole hash table, which takes milliseconds on a machine with much memory. So
 * all jobs share one look, which reads the tables of each network namespace once, and all looks together take
 * at most a tenth of the time.
 */
import { hasSocket, listeningSockets } from '../../kernel/proc/listening-sockets.js';
import { namespaceOf } from '../../kernel/proc/namespace.js';

/** Between two looks, in milliseconds. */
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 250;
/**
 * A pause is this many times as long as the look before it, so that 30 waiting jobs leave time for everything
 * else.
 */
const IDLE_FACTOR = 9;

/** A port that a job waits for. */
export interface AwaitedPort {
  readonly port: number;
  /** the living processes of the job, main among them */
  processes(): readonly number[];
  /** Called when one of these processes listens. */
  onListen(): void;
}

/** The data sources and the clock; tests pass their own. */
export interface PortWatchSources {
  /** identifies the network namespace of a process; undefined if it is hidden */
  readonly namespaceOf: (pid: number) => string | undefined;
  readonly listeningSockets: (pid: number) => ReadonlyMap<number, readonly string[]>;
  readonly hasSocket: (pid: number, inodes: readonly string[]) => boolean | undefined;
  /** in milliseconds */
  readonly now: () => number;
}

const OF_THE_MACHINE: PortWatchSources = {
  namespaceOf: (pid) => namespaceOf(pid, 'net')?.toString(),
  listeningSockets,
  hasSocket,
  now: () => performance.now(),
};

export class PortWatch {
  readonly #awaited = new Set<AwaitedPort>();
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_DELAY_MS;
  /** when the timer fires, and the earliest time at which it may */
  #due = 0;
  #notBefore = 0;

  constructor(private readonly sources: PortWatchSources = OF_THE_MACHINE) {}

  add(port: AwaitedPort): void {
    this.#awaited.add(port);
    this.checkSoon();
  }

  remove(port: AwaitedPort): void {
    this.#awaited.delete(port);
    if (this.#awaited.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Looks soon, after an event that may have opened a port. */
  checkSoon(): void {
    this.#pause = FIRST_DELAY_MS;
    this.#lookIn(FIRST_DELAY_MS);
  }

  #lookIn(pause: number): void {
    if (this.#awaited.size === 0) return;
    const now = this.sources.now();
    const due = Math.max(now + pause, this.#notBefore);
    // not delayed by the next event: a job may fork all the time
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.check(), due - now);
    this.#timer.unref();
  }

  /** Checks all awaited ports at once, and plans the next look. */
  check(): void {
    const { now } = this.sources;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const begun = now();
    const tables = new Map<string, ReadonlyMap<number, readonly string[]>>();
    const found = [...this.#awaited].filter((awaited) => this.#listens(awaited, tables));
    const ended = now();
    this.#notBefore = ended + (ended - begun) * IDLE_FACTOR;
    for (const awaited of found) {
      this.remove(awaited);
      awaited.onListen();
    }
    this.#pause = Math.min(this.#pause * 2, MAX_DELAY_MS);
    this.#lookIn(this.#pause);
  }

  /**
   * Tests whether a process of the job listens: somebody else's socket on that port does not count. If
   * descriptors are hidden, any socket counts.
   */
  #listens(awaited: AwaitedPort, tables: Map<string, ReadonlyMap<number, readonly string[]>>): boolean {
    const { namespaceOf, listeningSockets, hasSocket } = this.sources;
    const pids = awaited.processes();
    // the job may be in its own network namespace
    const inodes = pids.flatMap((pid) => {
      const namespace = namespaceOf(pid) ?? `of process ${pid}`;
      const table = tables.get(namespace) ?? listeningSockets(pid);
      tables.set(namespace, table);
      return table.get(awaited.port) ?? [];
    });
    return inodes.length > 0 && pids.some((pid) => hasSocket(pid, inodes) !== false);
  }
}
