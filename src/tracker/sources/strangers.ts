/**
 * Whether events of processes that are nobody's of ours come from the connector: only while somebody wants them, where the
 * kernel lets us filter by lineage (bpf(2)); otherwise always.
 */

import type { LineageFilter } from '../../kernel/netlink/lineage-filter.js';
import { SystemError } from '../../kernel/system-error.js';

type Filter = Pick<LineageFilter, 'follow' | 'isFollowed' | 'passStrangers' | 'strangersPass'>;

/** As `ConnectorSocket`. */
interface Filterable {
  filterByLineage(capacity: number): Filter;
}

/**
 * scan: /proc is being read, and who is ours is not known yet;
 * queue: it is known, but what one of ours did before the kernel was told of it may wait to be read;
 * listener: somebody wants to hear of them (`events --all`);
 * full: the kernel had no room to follow one more process, and has let everything pass since.
 */
export type Reason = 'scan' | 'queue' | 'listener' | 'full';

/** For each that there is, not before, the kernel takes some 100 bytes; a supervisor with more has strangers for company. */
const CAPACITY = 65_536;

export class UnrelatedFilter {
  readonly #reasons = new Set<Reason>(['scan']);
  /** one of ours was not known to the kernel when it forked: it may have forked again since */
  #mayHaveMore = false;

  private constructor(
    private readonly filter: Filter | undefined,
    private readonly self: number,
    /** living processes that can be followed at a time */
    readonly capacity: number,
  ) {}

  /**
   * @param self whose descendants are ours; undefined where every process is wanted, always
   */
  static of(socket: Filterable, self: number | undefined, capacity = CAPACITY): UnrelatedFilter {
    if (self === undefined) return new UnrelatedFilter(undefined, 0, capacity);
    try {
      const filter = socket.filterByLineage(capacity);
      filter.follow(self);
      return new UnrelatedFilter(filter, self, capacity);
    } catch (error) {
      // forbidden, or not in this kernel: they come, and are passed over one by one (connector-self-test.ts says so)
      if (error instanceof SystemError) return new UnrelatedFilter(undefined, self, capacity);
      throw error;
    }
  }

  /** Why they come, if they can be kept out at all. */
  get reasons(): ReadonlySet<Reason> {
    return this.#reasons;
  }

  pass(reason: Reason): void {
    this.#reasons.add(reason);
    this.filter?.passStrangers(true);
  }

  /** This reason is gone; when it was the last one, no more of them come but what is queued. */
  removeReason(reason: Reason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.filter?.passStrangers(false);
  }

  /** These are ours, all of them: the reason is gone when what has been queued so far has been read. */
  setOurs(reason: 'scan' | 'full', ours: Iterable<number>): void {
    this.#reasons.delete(reason);
    for (const pid of ours) this.#enter(pid);
    this.#mayHaveMore = false;
    this.pass('queue');
  }

  /** One of ours has forked; the kernel knows the child, unless it did not know the parent by then. */
  forked(child: number): void {
    if (this.#reasons.has('scan') || this.#reasons.has('queue') || this.#reasons.has('full'))
      this.#enter(child);
  }

  /** Somebody else has forked. When none should be seen, the kernel has opened the filter: it was full. */
  unrelatedForked(parent: number): void {
    if (this.#reasons.size > 0 || parent === this.self) return;
    if (this.filter?.strangersPass === true) this.#reasons.add('full');
  }

  /**
   * The queue has been read to its end.
   *
   * Whoever of ours was known to the kernel before this reading has its children known, too: by the kernel, or by their forks
   * in this reading. So when the reading brought nobody new, the kernel knows all.
   */
  wasRead(ours: ReadonlySet<number>): void {
    if (this.#mayHaveMore) this.#mayHaveMore = false;
    else this.removeReason('queue');
    // half of the room, so that a supervisor at its limit does not open and shut all the time
    if (this.#reasons.has('full') && ours.size <= this.capacity / 2) this.setOurs('full', ours);
  }

  #enter(pid: number): void {
    if (this.filter === undefined || this.filter.isFollowed(pid)) return;
    this.#mayHaveMore = true;
    if (!this.filter.follow(pid)) this.#reasons.add('full');
  }
}
