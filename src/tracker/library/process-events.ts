/** A source of process events without a supervisor: what `foster/tracker` offers. */
import type { Kernel } from '../../kernel/kernel.js';
import { Adoptions } from '../lineage/adoption.js';
import type { ProcessEvent, ProcessEventType } from '../events.js';
import { Lineage } from '../lineage/lineage.js';
import { Marks } from '../scan/mark.js';
import type { TrackerView } from '../scan/known.js';
import type { EventSource, SourceName } from '../sources/source.js';
import { EventQueue } from './event-queue.js';

export interface ProcessEventsOptions {
  /** only these types; all by default */
  readonly types?: readonly ProcessEventType[];
  /** read program and arguments at each exec (default true); this is most of the cost of an event */
  readonly programs?: boolean;
  /** add a notice of adoption after each exit of a process with living children (default true) */
  readonly adoptions?: boolean;
  /**
   * how many events may be queued for a slow reader before events are dropped and counted; default 100,000
   */
  readonly capacity?: number;
}

export type Listener = (event: ProcessEvent) => void;

const CAPACITY = 100_000;

/**
 * Live process events.
 *
 *     for await (const event of connector()) console.log(event);
 *
 * Opens the source with the first listener, and closes it after the last one.
 */
export class ProcessEvents implements AsyncIterable<ProcessEvent> {
  readonly name: SourceName;
  readonly #listeners = new Set<Listener>();
  /** the descendants of followed processes, for sources that see no others */
  readonly #lineage = new Lineage();
  #adoptions: Adoptions | undefined;
  #listening = false;

  /** @internal made by `connector`, `perf` and the others */
  constructor(
    private readonly source: EventSource,
    private readonly kernel: Pick<Kernel, 'proc' | 'now'>,
    private readonly options: ProcessEventsOptions,
  ) {
    this.name = source.name;
  }

  /**
   * Calls `listener` with each event, in order, until the returned function is called. An exception in the
   * listener becomes an uncaught exception, as in any event handler.
   * @throws SystemError or NotAcknowledgedError if the source does not work here (`test` says why, and what
   * would help)
   */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    try {
      this.#open();
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /**
   * Returns an iterator for `for await`, as `listen` does for callbacks; leaving the loop stops listening. A loop
   * that is too slow finds `overflow` events with `lost`.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ProcessEvent> {
    const queue = new EventQueue(this.options.capacity ?? CAPACITY, () => stop());
    const stop = this.listen((event) => queue.push(event));
    return queue;
  }

  /**
   * Follows this child of ours and its descendants. perf needs this call, because it sees no other processes;
   * with the connector it is optional.
   */
  follow(pid: number): void {
    this.#lineage.launch(pid, this.kernel.now());
    this.source.follow(pid);
  }

  /**
   * Delivers everything that the kernel has queued before it returns: after a process's exit, everything that
   * preceded it.
   */
  drain(): void {
    if (this.#listening) this.source.drain();
  }

  /** Closes the source, even with listeners. */
  close(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#listeners.clear();
    this.#adoptions = undefined;
    this.source.stop();
  }

  #open(): void {
    if (this.#listening) return;
    this.source.start((events) => this.#take(events), this.#view());
    this.#listening = true;
    if (this.options.adoptions === false) return;
    const { proc } = this.kernel;
    // after the start: later forks are reported as events, earlier ones are in /proc
    const existing = proc.pids().flatMap((pid) => proc.stat(pid) ?? []);
    existing.sort((one, other) => one.startTime - other.startTime);
    this.#adoptions = new Adoptions(existing, (pid) => proc.stat(pid)?.parent);
  }

  /** Returns a view without jobs, which ignores doubtful processes. */
  #view(): TrackerView {
    return {
      lineage: this.#lineage,
      self: process.pid,
      jobOf: () => undefined,
      isOther: () => false,
      marks: new Marks(),
      former: undefined,
      doubt: () => undefined,
    };
  }

  #take(events: readonly ProcessEvent[]): void {
    for (const event of events) {
      if (!this.source.capabilities.seesMachine) learn(this.#lineage, event);
      this.#deliver(event);
      for (const notice of this.#adoptions?.observe(event) ?? []) this.#deliver(notice);
    }
  }

  #deliver(event: ProcessEvent): void {
    const { types } = this.options;
    if (types !== undefined && !types.includes(event.type) && event.type !== 'overflow') return;
    for (const listener of this.#listeners) listener(event);
  }
}

function learn(lineage: Lineage, event: ProcessEvent): void {
  if (event.type === 'fork') lineage.fork(event.parent, event.child, event.time);
  else if (event.type === 'exec') lineage.exec(event.pid, event.time, event.argv, event.executable);
  else if (event.type === 'sid') lineage.setsid(event.pid, event.time);
  else if (event.type === 'exit') lineage.exit(event.pid, event.time, event.status);
  lineage.purge(event.time);
}
