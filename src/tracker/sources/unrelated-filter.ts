/**
 * Controls whether the connector delivers events of processes outside the lineage. If the kernel can filter
 * by lineage (bpf(2)), it does so only while somebody wants them; otherwise always.
 */

import type { LineageFilter } from '../../kernel/netlink/lineage-filter.js';
import { SystemError } from '../../kernel/system-error.js';

type Filter = Pick<LineageFilter, 'follow' | 'isFollowed' | 'passStrangers' | 'strangersPass'>;

/** The part of `ConnectorSocket` that is used here. */
interface Filterable {
  filterByLineage(capacity: number): Filter;
}

/**
 * Why strangers pass.
 * - scan: /proc is being read, and our processes are not known yet
 * - queue: they are known, but events from before the kernel knew them may still be queued
 * - listener: somebody watches all processes (`events --all`)
 * - full: the kernel had no room to follow one more process, and has let everything pass since
 */
type Reason = 'scan' | 'queue' | 'listener' | 'full';

/**
 * The kernel needs some 100 bytes for each existing process, allocated on demand. A supervisor with more
 * processes than this gets strangers' events, too.
 */
const CAPACITY = 65_536;

export class UnrelatedFilter {
  readonly #reasons = new Set<Reason>(['scan']);
  /** a process of ours was unknown to the kernel when it forked: it may have forked again since */
  #mayHaveMore = false;

  private constructor(
    private readonly filter: Filter | undefined,
    private readonly self: number,
    /** maximum number of living processes that can be followed */
    readonly capacity: number,
  ) {}

  /** @param self whose descendants are ours; undefined if every process is always wanted */
  static of(socket: Filterable, self: number | undefined, capacity = CAPACITY): UnrelatedFilter {
    if (self === undefined) return new UnrelatedFilter(undefined, 0, capacity);
    try {
      const filter = socket.filterByLineage(capacity);
      filter.follow(self);
      return new UnrelatedFilter(filter, self, capacity);
    } catch (error) {
      // forbidden, or not in this kernel: strangers' events arrive and are skipped one by one
      // (connector-self-test.ts reports it)
      if (error instanceof SystemError) return new UnrelatedFilter(undefined, self, capacity);
      throw error;
    }
  }

  /** Returns why strangers pass, if they can be filtered at all. */
  get reasons(): ReadonlySet<Reason> {
    return this.#reasons;
  }

  pass(reason: Reason): void {
    this.#reasons.add(reason);
    this.filter?.passStrangers(true);
  }

  /** Removes a reason; with the last one, no strangers arrive except those already queued. */
  removeReason(reason: Reason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.filter?.passStrangers(false);
  }

  /** Sets the complete list of our processes. The reason ends once everything queued so far has been read. */
  setOurs(reason: 'scan' | 'full', ours: Iterable<number>): void {
    this.#reasons.delete(reason);
    for (const pid of ours) this.#enter(pid);
    this.#mayHaveMore = false;
    this.pass('queue');
  }

  /** Records a fork by one of ours. The kernel knows the child, unless it did not know the parent yet. */
  forked(child: number): void {
    if (this.#reasons.has('scan') || this.#reasons.has('queue') || this.#reasons.has('full'))
      this.#enter(child);
  }

  /**
   * Records a fork by a stranger. If strangers should be filtered, the kernel has opened the filter because
   * it was full.
   */
  unrelatedForked(parent: number): void {
    if (this.#reasons.size > 0 || parent === this.self) return;
    if (this.filter?.strangersPass === true) this.#reasons.add('full');
  }

  /**
   * Updates the filter. Called when the queue has been read to its end.
   *
   * If the kernel knew a process of ours before this read, its children are known, too: to the kernel, or by fork
   * events in this read. So when a read contains no new process of ours, the kernel knows all.
   */
  wasRead(ours: ReadonlySet<number>): void {
    if (this.#mayHaveMore) this.#mayHaveMore = false;
    else this.removeReason('queue');
    // half of the capacity, so that a supervisor at its limit does not toggle all the time
    if (this.#reasons.has('full') && ours.size <= this.capacity / 2) this.setOurs('full', ours);
  }

  #enter(pid: number): void {
    if (this.filter === undefined || this.filter.isFollowed(pid)) return;
    this.#mayHaveMore = true;
    if (!this.filter.follow(pid)) this.#reasons.add('full');
  }
}
