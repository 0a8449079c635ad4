import type { ProcessCalls, WaitStatus } from '../../kernel/kernel.js';
import type { ReapedChild } from '../../tracker/reaped-children.js';
import type { Part } from '../engine/part.js';

interface ReaperOptions {
  readonly processes: Pick<ProcessCalls, 'nextChange' | 'consume' | 'reapEnded'>;
  /** lets the source examine a zombie in /proc before it is reaped */
  readonly beforeReap: ((pid: number, status: WaitStatus) => void) | undefined;
  /** called with all children that were reaped at once */
  readonly onDeaths: (deaths: readonly ReapedChild[]) => void;
  /** a child has stopped */
  readonly onStopped: (pid: number, signal: number) => void;
  /** a tracee has stopped for its tracer */
  readonly onTrapped?: (pid: number, status: number) => void;
}

/**
 * How many changes are handled before the event loop gets its turn, so that 20,000 orphans at once do not block the
 * control socket. A change takes about 10 microseconds.
 */
const MAX_BATCH = 512;

/** A few deaths may take long to handle: while a machine boots, each hook that ends leads to the next start. */
const MIN_BATCH = 4;

/** Milliseconds that a batch should take. */
const BATCH_MILLISECONDS = 50;

/** Reaps children, including orphans that are reparented to foster. Nothing else in this process may call waitid. */
export class Reaper implements Part {
  #again: NodeJS.Immediate | undefined;
  #batch = MAX_BATCH;

  /** @param clock milliseconds */
  constructor(
    private readonly options: ReaperOptions,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  readonly #onSignal = (): void => this.collect();

  /** Starts to listen for SIGCHLD, and reaps children that have ended already. */
  start(): void {
    process.on('SIGCHLD', this.#onSignal);
    this.collect();
  }

  close(): void {
    process.off('SIGCHLD', this.#onSignal);
    clearImmediate(this.#again);
  }

  /**
   * Reaps children that are known to be exiting, which saves a respawn two system calls and a turn of the event loop.
   * The connector reports an exit a moment before the child is a zombie: one that is not yet is left to SIGCHLD.
   */
  reap(pids: readonly number[]): void {
    const { processes, beforeReap, onDeaths } = this.options;
    if (beforeReap !== undefined) return this.collect();
    const deaths: ReapedChild[] = [];
    for (const pid of pids) {
      const status = processes.reapEnded(pid);
      if (status !== undefined) deaths.push({ pid, status });
    }
    if (deaths.length > 0) onDeaths(deaths);
  }

  /** Handles all pending changes of children. SIGCHLD coalesces, so one signal may stand for many. */
  collect(): void {
    const { processes, beforeReap, onDeaths, onStopped, onTrapped } = this.options;
    const deaths: ReapedChild[] = [];
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
      if (taken < this.#batch) continue;
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
    if (took <= BATCH_MILLISECONDS) this.#batch = Math.min(MAX_BATCH, this.#batch * 2);
    else this.#batch = Math.max(MIN_BATCH, Math.floor((deaths * BATCH_MILLISECONDS) / took));
  }
}
