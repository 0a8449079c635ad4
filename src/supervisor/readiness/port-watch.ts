/**
 * Looks for sockets that begin to listen, for all jobs that wait for one (`ready port`).
 *
 * The kernel notifies nobody of a socket that begins to listen, so as long as a job starts its port is looked for; never
 * afterwards, and no longer than the start timeout. The tables of /proc/net are expensive: the kernel walks its whole hash
 * table for each reading, which takes milliseconds on a machine with much memory. So all jobs share one look, which reads
 * the tables of each network namespace once, and looks together take a tenth of the time at most.
 */
import { hasSocket, listeningSockets } from '../../kernel/proc/listening-sockets.js';
import { namespaceOf } from '../../kernel/proc/namespace.js';

/** Between two looks, in milliseconds. */
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 250;
/** A pause is so many times as long as the look before it, so that 30 jobs that wait leave time for everything else. */
const IDLE_FACTOR = 9;

/** A port that somebody waits for. */
export interface AwaitedPort {
  readonly port: number;
  /** the living processes of the job, main among them */
  processes(): readonly number[];
  /** One of these processes listens. */
  onListen(): void;
}

/** What is read, and the clock; a test has its own. */
export interface PortWatchSources {
  /** names the network namespace of a process; undefined where that may not be seen */
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
  /** when the timer fires, and when it may fire at the earliest */
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

  /** Something has happened that may have opened a port. */
  checkSoon(): void {
    this.#pause = FIRST_DELAY_MS;
    this.#lookIn(FIRST_DELAY_MS);
  }

  #lookIn(pause: number): void {
    if (this.#awaited.size === 0) return;
    const now = this.sources.now();
    const due = Math.max(now + pause, this.#notBefore);
    // not put off by the next event: a job may fork all the time
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.check(), due - now);
    this.#timer.unref();
  }

  /** Looks at all awaited ports at once, and plans the next look. */
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

  /** Somebody else's socket on that port is none of the job's. Where descriptors may not be seen, it is given the benefit. */
  #listens(awaited: AwaitedPort, tables: Map<string, ReadonlyMap<number, readonly string[]>>): boolean {
    const { namespaceOf, listeningSockets, hasSocket } = this.sources;
    const pids = awaited.processes();
    // the job may be in a network namespace of its own
    const inodes = pids.flatMap((pid) => {
      const namespace = namespaceOf(pid) ?? `of process ${pid}`;
      const table = tables.get(namespace) ?? listeningSockets(pid);
      tables.set(namespace, table);
      return table.get(awaited.port) ?? [];
    });
    return inodes.length > 0 && pids.some((pid) => hasSocket(pid, inodes) !== false);
  }
}
