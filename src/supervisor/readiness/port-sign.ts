import { hasSocket, listeningSockets } from '../../kernel/proc/listening-sockets.js';
import type { Seen, Sign } from './sign.js';

/**
 * Between two looks, in milliseconds. The kernel tells nobody of a socket that begins to listen, so as long as a job starts
 * it is looked for; never afterwards, and no longer than the start timeout.
 */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 250;

/** `ready port N`: a process of the job listens on this TCP port. */
export class PortSign implements Sign {
  #main: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;

  /** @param processes the living processes of the job */
  constructor(
    private readonly port: number,
    private readonly processes: () => readonly number[],
    private readonly seen: Seen,
  ) {}

  begin(main: number): void {
    this.#main = main;
    this.#lookAgainIn(FIRST_PAUSE);
  }

  processChanged(): void {
    // not put off by the next event: a job may fork all the time
    if (this.#timer !== undefined && this.#due > performance.now() + FIRST_PAUSE)
      this.#lookAgainIn(FIRST_PAUSE);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookAgainIn(pause: number): void {
    clearTimeout(this.#timer);
    this.#due = performance.now() + pause;
    this.#timer = setTimeout(() => {
      if (!this.#listens()) {
        this.#lookAgainIn(Math.min(pause * 2, LONGEST_PAUSE));
        return;
      }
      this.#timer = undefined;
      this.seen();
    }, pause);
    this.#timer.unref();
  }

  /** Somebody else's socket on that port is none of the job's. Where descriptors may not be seen, it is given the benefit. */
  #listens(): boolean {
    const processes = this.processes();
    // the job may be in a network namespace of its own
    const inodes = [this.#main, ...processes].flatMap((pid) =>
      pid === undefined ? [] : listeningSockets(pid, this.port),
    );
    return inodes.length > 0 && processes.some((pid) => hasSocket(pid, inodes) !== false);
  }
}
