/**
 * Reads the source into the tracker: when it delivers by itself, on demand, and from /proc after lost events.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { ProcessEvent } from '../events.js';
import { resync } from '../scan/resync.js';
import type { EventSource } from '../sources/source.js';
import type { Tracker } from '../tracker.js';
import type { Phases } from './phase.js';

/** Shows whether the tracker keeps up: GET /v1/report, which the storm script reads. */
export interface TrackingCounts {
  readonly events: number;
  /** how often the kernel had to drop events */
  readonly overflows: number;
  /** how often the lineage was rebuilt from /proc */
  readonly resyncs: number;
}

/** Callbacks around each delivery of a source. */
export interface TrackingListeners {
  /**
   * Makes the owner of waitid check these children immediately. An exit event may be read before SIGCHLD. A
   * new launcher must not find the old main as a zombie: start-stop-daemon takes that for a running daemon.
   */
  readonly reap?: (pids: readonly number[]) => void;
  /** receives all events that the source delivers, of any process, before they enter the lineage */
  readonly onEvents?: (events: readonly ProcessEvent[]) => void;
  /** defers reports while a delivery is processed */
  readonly turn?: (act: () => void) => void;
}

interface ReaderOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'now'>;
  readonly source: EventSource;
  readonly tracker: Tracker;
  readonly phases: Phases;
  /** called when everything that the source delivered by itself has entered the lineage */
  readonly decide: () => void;
}

export class SourceReader {
  readonly #counts = { events: 0, overflows: 0, resyncs: 0 };
  #listeners: TrackingListeners = {};

  constructor(private readonly options: ReaderOptions) {}

  /** Starts reading the source. */
  start(listeners: TrackingListeners): void {
    const { source, tracker } = this.options;
    const turn = listeners.turn ?? ((act: () => void): void => act());
    this.#listeners = listeners;
    source.start((events) => turn(() => this.#receive(events)), tracker);
    // a scan for recovered jobs follows soon
    source.scanFinished?.(this.#living());
  }

  get counts(): TrackingCounts {
    return { ...this.#counts };
  }

  /** Reads everything that the kernel has queued. The caller decides afterwards. */
  drain(): void {
    this.options.phases.during({ kind: 'drain' }, () => this.options.source.drain());
  }

  /** Makes the owner of waitid check these processes, some of which may be our children. */
  reap(pids: readonly number[]): void {
    if (pids.length > 0) this.#listeners.reap?.(pids);
  }

  observe(events: readonly ProcessEvent[]): void {
    const { tracker, kernel } = this.options;
    tracker.observe(events, kernel.now());
    this.#counts.events += events.length;
    const overflows = events.filter((event) => event.type === 'overflow').length;
    if (overflows === 0) return;
    this.#counts.overflows += overflows;
    this.resync();
  }

  /** Rebuilds the lineage from /proc: after an overflow, and when jobs have been recovered. */
  resync(): void {
    const { tracker, kernel, source } = this.options;
    this.#counts.resyncs += 1;
    source.scanStarted?.();
    const { events, unclear } = resync(tracker, kernel, tracker.self);
    tracker.observe(events, kernel.now());
    const launchers = new Set(unclear.map(({ launcher }) => launcher));
    for (const launcher of launchers) {
      const pids = unclear.filter((one) => one.launcher === launcher).map(({ orphan }) => orphan);
      tracker.foundUnclear(launcher, pids);
    }
    source.scanFinished?.(this.#living());
  }

  *#living(): Iterable<number> {
    for (const { pid, ended } of this.options.tracker.lineage.all()) if (ended === undefined) yield pid;
  }

  #receive(events: readonly ProcessEvent[]): void {
    const { phases, source, decide } = this.options;
    const { onEvents, reap } = this.#listeners;
    onEvents?.(events);
    this.observe(events);
    // an exit is known but not reported yet: decisions come after it
    if (phases.current.kind === 'draining') return;
    const zombies = this.#ourZombies(events);
    if (zombies.length === 0) return decide();
    // decisions follow once they have been reaped, here or after SIGCHLD
    const { isOrdered } = source.capabilities;
    phases.during({ kind: 'reap', isDrained: isOrdered }, () => reap?.(zombies));
  }

  /** Returns children of ours, of jobs, that are zombies. */
  #ourZombies(events: readonly ProcessEvent[]): readonly number[] {
    const { self, lineage } = this.options.tracker;
    // a recorder only observes and has no children to wait for
    if (self !== process.pid) return [];
    return events.flatMap((event) =>
      event.type === 'exit' && event.parent === self && lineage.get(event.pid) !== undefined
        ? [event.pid]
        : [],
    );
  }
}
