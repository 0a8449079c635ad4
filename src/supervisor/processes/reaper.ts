import type { ProcessCalls, WaitStatus } from '../../kernel/kernel.js';
import type { Death } from '../../tracker/deaths.js';
import type { Part } from '../engine/part.js';

export interface ReaperOptions {
  readonly processes: Pick<ProcessCalls, 'nextChange' | 'consume' | 'reapEnded'>;
  /** looks at a zombie while /proc still knows it, where somebody wants to */
  readonly beforeReap: ((pid: number, status: WaitStatus) => void) | undefined;
  /** children have been reaped; all that the kernel had at this moment, together */
  readonly onDeaths: (deaths: readonly Death[]) => void;
  /** a child has stopped */
  readonly onStopped: (pid: number, signal: number) => void;
  /** a tracee waits for its tracer */
  readonly onTrapped?: (pid: number, status: number) => void;
}

/**
 * How many changes are taken in before the event loop gets its turn: 20,000 orphans at once may not make the control
 * socket wait. A change costs about 10 microseconds.
 */
const MOST_AT_ONCE = 512;

/** What follows from a few deaths may take long, too: on a machine that boots, each hook that ends starts the next program. */
const FEWEST_AT_ONCE = 4;

/** Milliseconds that a portion should take. */
const PORTION = 50;

/** Owns waitid: nobody else in this process waits for a child. Reaps whatever ends, ours or not. */
export class Reaper implements Part {
  #again: NodeJS.Immediate | undefined;
  #atOnce = MOST_AT_ONCE;

  /** @param clock milliseconds */
  constructor(
    private readonly options: ReaperOptions,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  readonly #onSignal = (): void => this.collect();

  /** Begins to listen for SIGCHLD, and looks at once: a child may have ended before. */
  start(): void {
    process.on('SIGCHLD', this.#onSignal);
    this.collect();
  }

  close(): void {
    process.off('SIGCHLD', this.#onSignal);
    clearImmediate(this.#again);
  }

  /**
   * Takes these children in, which are known to be ending: one that is not a zombie yet (the connector tells of an exit a
   * moment before) and all others are left to SIGCHLD. It saves a respawn two system calls and a turn of the event loop.
   */
  reap(pids: readonly number[]): void {
    const { processes, beforeReap, onDeaths } = this.options;
    if (beforeReap !== undefined) return this.collect();
    const deaths: Death[] = [];
    for (const pid of pids) {
      const status = processes.reapEnded(pid);
      if (status !== undefined) deaths.push({ pid, status });
    }
    if (deaths.length > 0) onDeaths(deaths);
  }

  /** Takes in all changes there are. SIGCHLD coalesces, so one signal may stand for many. */
  collect(): void {
    const { processes, beforeReap, onDeaths, onStopped, onTrapped } = this.options;
    const deaths: Death[] = [];
    let taken = 0;
    for (let change = processes.nextChange(); change !== undefined; change = processes.nextChange()) {
      if (change.kind === 'ended') beforeReap?.(change.pid, change.status);
      processes.consume(change);
      switch (change.kind) {
        case 'ended':
          deaths.push({ pid: change.pid, status: change.status });
          break;
        case 'stopped':
          onStopped(change.pid, change.signal);
          break;
        case 'trapped':
          onTrapped?.(change.pid, change.status);
          break;
      }
      taken += 1;
      if (taken < this.#atOnce) continue;
      this.#again ??= setImmediate(() => {
        this.#again = undefined;
        this.collect();
      });
      break;
    }
    if (deaths.length === 0) return;
    const began = this.clock();
    onDeaths(deaths);
    this.#adapt(deaths.length, this.clock() - began);
  }

  #adapt(deaths: number, took: number): void {
    if (took <= PORTION) this.#atOnce = Math.min(MOST_AT_ONCE, this.#atOnce * 2);
    else this.#atOnce = Math.max(FEWEST_AT_ONCE, Math.floor((deaths * PORTION) / took));
  }
}
