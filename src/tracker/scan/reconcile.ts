/**
 * Brings the lineage up to date with a snapshot of /proc: infers what must have happened. Used where no
 * source has seen it: after lost events, for jobs recovered from a former supervisor, and by the procfs
 * source.
 *
 * Pure. A birth has the latest possible time (the end of the tick in which the process was created, or of the scan). So
 * its event, if it was queued meanwhile and arrives after the scan, is recognised as known; and what a process has forked
 * since an exec never comes before that exec, which may be queued, too.
 */
import type { Nanoseconds, ProcessEvent } from '../events.js';
import { Attributor, type Attribution, type Doubt, type Unclear } from './attribution.js';
import { knownProcesses, type Known, type KnownProcesses, type TrackerView } from './known.js';
import { Programs } from './programs.js';
import { rememberLastSeen, type LastSeen, type LastSeenProcesses } from './last-seen.js';
import { TICK, type SeenProcess, type Snapshot } from './snapshot.js';

export interface Reconciled {
  /** in an order that the lineage can process */
  readonly events: readonly ProcessEvent[];
  /** orphans that may belong to one of several jobs: they are assigned to none */
  readonly doubts: readonly Doubt[];
  /** processes that bear the mark of a job after a crash, without other proof that they belong to it */
  readonly unclear: readonly Unclear[];
}

/** @param sightings what former scans remember; updated here */
export function reconcile(
  view: Omit<TrackerView, 'doubt'>,
  snapshot: Snapshot,
  sightings: LastSeenProcesses = new Map<number, LastSeen>(),
): Reconciled {
  return new Reconciliation(view, snapshot, sightings).run();
}

class Reconciliation {
  readonly #known: KnownProcesses;
  readonly #attributor: Attributor;
  readonly #programs: Programs;
  readonly #events: ProcessEvent[] = [];
  readonly #doubts: Doubt[] = [];
  readonly #unclear: Unclear[] = [];

  constructor(
    private readonly view: Omit<TrackerView, 'doubt'>,
    private readonly snapshot: Snapshot,
    private readonly sightings: LastSeenProcesses,
  ) {
    this.#known = knownProcesses(view, sightings, snapshot);
    this.#attributor = new Attributor(view, this.#known, snapshot);
    this.#programs = new Programs(this.#known, snapshot, (event) => this.#report(event));
  }

  run(): Reconciled {
    const before = this.#known.all().filter(({ endedAt }) => endedAt === undefined);
    const isTaken = ({ pid, seen }: Known) => seen === undefined && this.snapshot.processes.has(pid);
    // before the pid's new owner is reported
    for (const known of before.filter(isTaken)) this.#reportExit(known);
    this.#findNew();
    for (const known of before) if (known.seen?.session === known.pid) this.#setsid(known);
    this.#programs.finish();
    for (const known of before) if (!isTaken(known) && this.#hasLeft(known)) this.#reportExit(known);
    this.#remember();
    return { events: this.#events, doubts: this.#doubts, unclear: this.#unclear };
  }

  /** Enters processes whose creator is known or can be inferred, until no such process is left. */
  #findNew(): void {
    const { processes } = this.snapshot;
    let unknown = [...processes.values()].filter(
      (seen) => seen.pid !== this.view.self && this.#known.get(seen.pid)?.seen !== seen,
    );
    // creators come before their children; within one tick, pids are assigned in sequence
    unknown.sort((a, b) => a.startTime - b.startTime || a.pid - b.pid);
    for (let found = true; found;) {
      const left = unknown.filter((seen) => !this.#takeIn(seen));
      found = left.length < unknown.length;
      unknown = left;
    }
    for (const orphan of unknown) {
      const attribution = this.#isOrphan(orphan) ? this.#attributor.attribute(orphan) : undefined;
      if (attribution?.kind === 'doubt') this.#doubts.push(attribution);
      if (attribution?.kind === 'unclear') this.#unclear.push(attribution);
    }
  }

  #isOrphan({ pid, parent, session }: SeenProcess): boolean {
    const { view } = this;
    const isAdopted = parent === view.self || view.former?.reapers.has(parent) === true;
    return isAdopted && !view.isOther(pid) && !view.isOther(session);
  }

  #takeIn(seen: SeenProcess): boolean {
    const parent = this.#known.get(seen.parent);
    if (parent !== undefined) {
      this.#enter(seen, parent);
      return true;
    }
    const attribution = this.#isOrphan(seen) ? this.#attributor.attribute(seen) : undefined;
    if (attribution?.kind !== 'of') return false;
    this.#enterOrphan(seen, attribution);
    return true;
  }

  #enterOrphan(orphan: SeenProcess, { creator, intermediate }: Attribution): void {
    if (intermediate === undefined) {
      this.#enter(orphan, creator);
      return;
    }
    const time = this.#bornBy(orphan);
    this.#programs.beforeFork(creator, orphan, time);
    // it was assigned to another creator while only its name was evidence
    const misplaced = this.#known.get(intermediate);
    if (misplaced !== undefined) this.#reportExit(misplaced);
    this.#report({ type: 'fork', parent: creator.pid, child: intermediate, time });
    const vanished = this.#add({
      ...creator,
      pid: intermediate,
      born: time,
      imageSince: time,
      seen: undefined,
    });
    this.#setsid(vanished);
    this.#enter(orphan, vanished);
    this.#reportExit(vanished);
  }

  #enter(seen: SeenProcess, creator: Known): void {
    const time = this.#forkTime(seen, creator);
    // it was born into a session that its creator has made since the last look
    if (seen.session === creator.pid) this.#setsid(creator);
    this.#programs.beforeFork(creator, seen, time);
    this.#report({ type: 'fork', parent: creator.pid, child: seen.pid, time });
    const known = this.#add({ ...creator, pid: seen.pid, born: this.#bornBy(seen), imageSince: time, seen });
    if (seen.session === seen.pid) this.#setsid(known);
    this.#programs.afterFork(known, creator, time);
    if (this.#hasLeft(known)) this.#reportExit(known);
  }

  /** Enters a process that this scan has found, with its creator's program. */
  #add(found: Known): Known {
    const known: Known = {
      ...found,
      process: undefined,
      lastSeen: undefined,
      dead: found.seen?.dead ?? true,
      endedAt: undefined,
    };
    this.#known.add(known);
    return known;
  }

  /**
   * Returns the latest possible time of the fork. If the process shows the image that its creator had when
   * last seen, that is before a later exec.
   */
  #forkTime(seen: SeenProcess, { lastSeen, imageSince }: Known): Nanoseconds {
    const early = seen.stackStart !== undefined && seen.stackStart === lastSeen?.stackStart;
    return early ? Math.min(Math.max(seen.started, imageSince), this.snapshot.beganAt) : this.#bornBy(seen);
  }

  /** Returns the latest time at which it can have been created. */
  #bornBy(seen: SeenProcess): Nanoseconds {
    return Math.min(seen.started + TICK, this.snapshot.completeAt);
  }

  #setsid(known: Known): void {
    if (known.session === known.pid) return;
    known.session = known.pid;
    this.#report({ type: 'sid', pid: known.pid, time: this.snapshot.beganAt });
  }

  /**
   * Tests whether it is gone, or a zombie of another parent. Our own zombie is about to be reaped, and that
   * reports the exit status.
   */
  #hasLeft({ seen }: Known): boolean {
    return seen === undefined || (seen.dead && seen.parent !== this.view.self);
  }

  #reportExit({ pid, seen }: Known): void {
    const status = seen?.status;
    this.#report({ type: 'exit', pid, time: this.snapshot.beganAt, ...(status !== undefined && { status }) });
  }

  #report(event: ProcessEvent): void {
    this.#events.push(event);
  }

  #remember(): void {
    for (const pid of this.sightings.keys()) {
      if (this.#known.get(pid) === undefined) this.sightings.delete(pid);
    }
    for (const { pid, seen } of this.#known.all()) {
      if (seen === undefined || seen.dead) continue;
      // what it has exec'd since the look began may not be what was seen
      const at = this.snapshot.beganAt;
      this.sightings.set(pid, rememberLastSeen(seen, this.snapshot, at, this.sightings.get(pid)));
    }
  }
}
