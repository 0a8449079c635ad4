/**
 * Brings the lineage up to date with a snapshot of /proc: what must have happened for /proc to look like this. Used where
 * no source has seen it happen: after lost events, for jobs taken back from a former supervisor, and by the procfs source.
 *
 * Pure. Times are as late as they can have been (the end of the tick in which a process was created), so that an event
 * that was queued all the while, and comes after the scan, is recognised as known.
 */
import type { ExecEvent, Nanoseconds, ProcessEvent } from '../events.js';
import { Attributor, type Attribution, type Doubt } from './attribution.js';
import { knownProcesses, type Known, type KnownProcesses, type TrackerView } from './known.js';
import { isSameTitle, programChanged, sight, type Sighting, type Sightings } from './sighting.js';
import { TICK, type SeenProcess, type Snapshot } from './snapshot.js';

export interface Reconciled {
  /** in an order in which the lineage can take them in */
  readonly events: readonly ProcessEvent[];
  /** orphans that may be of one of several jobs: nothing is claimed of them */
  readonly doubts: readonly Doubt[];
}

/** How young an orphan is that a main which daemonises anew has just left behind. */
const NEWBORN: Nanoseconds = 1e9;

/**
 * @param sightings what former scans remember; brought up to date here
 */
export function reconcile(
  view: TrackerView,
  snapshot: Snapshot,
  now: Nanoseconds,
  sightings: Sightings = new Map<number, Sighting>(),
): Reconciled {
  return new Reconciliation(view, snapshot, now, sightings).run();
}

class Reconciliation {
  readonly #known: KnownProcesses;
  readonly #attributor: Attributor;
  readonly #events: ProcessEvent[] = [];
  readonly #doubts: Doubt[] = [];
  /** when a process forked the first of those that this scan has found */
  readonly #forkedFirst = new Map<number, Nanoseconds>();

  constructor(
    private readonly view: TrackerView,
    private readonly snapshot: Snapshot,
    private readonly now: Nanoseconds,
    private readonly sightings: Sightings,
  ) {
    this.#known = knownProcesses(view, sightings, snapshot);
    this.#attributor = new Attributor(view, this.#known, snapshot);
  }

  run(): Reconciled {
    const before = this.#known.all().filter(({ endedAt }) => endedAt === undefined);
    const recurring = before.filter(
      ({ pid, seen }) => seen === undefined && this.snapshot.processes.has(pid),
    );
    for (const known of recurring) this.#tell({ type: 'exit', pid: known.pid, time: this.now });
    this.#findNew();
    for (const known of before) this.#findChanges(known);
    for (const known of before) if (known.dead) this.#findSuccessors(known);
    for (const known of before) if (!recurring.includes(known)) this.#findEnd(known);
    this.#remember();
    return { events: this.#events, doubts: this.#doubts };
  }

  /** Takes in processes whose creator is known or can be told, until nobody is left to whom that applies. */
  #findNew(): void {
    const { processes } = this.snapshot;
    let unknown = [...processes.values()].filter(
      (seen) => seen.pid !== this.view.self && this.#known.get(seen.pid)?.seen !== seen,
    );
    // creators come before what they create; within one tick, numbers are given in turn
    unknown.sort((a, b) => a.startTime - b.startTime || a.pid - b.pid);
    for (let found = true; found;) {
      const left = unknown.filter((seen) => !this.#takeIn(seen));
      found = left.length < unknown.length;
      unknown = left;
    }
    for (const orphan of unknown) {
      const attribution = this.#isOrphan(orphan) ? this.#attributor.attribute(orphan) : undefined;
      if (attribution !== undefined && 'orphan' in attribution) this.#doubts.push(attribution);
    }
  }

  #isOrphan({ pid, parent, session }: SeenProcess): boolean {
    const { view } = this;
    return parent === view.self && !view.isOther(pid) && !view.isOther(session);
  }

  #takeIn(seen: SeenProcess): boolean {
    const parent = this.#known.get(seen.parent);
    if (parent !== undefined) {
      this.#enter(seen, parent);
      return true;
    }
    const attribution = this.#isOrphan(seen) ? this.#attributor.attribute(seen) : undefined;
    if (attribution === undefined || 'orphan' in attribution) return false;
    this.#enterOrphan(seen, attribution);
    return true;
  }

  #enterOrphan(orphan: SeenProcess, { creator, intermediate }: Attribution): void {
    if (intermediate === undefined) {
      if (this.#daemonisedAnew(orphan, creator)) {
        this.#tell({ type: 'exec', pid: creator.pid, time: orphan.started, ...programOf(creator) });
      }
      this.#enter(orphan, creator);
      return;
    }
    const time = this.#bornBy(orphan);
    const vanished: Known = {
      ...creator,
      process: undefined,
      pid: intermediate,
      born: time,
      session: intermediate,
      seen: undefined,
      sighting: undefined,
      dead: true,
      endedAt: undefined,
    };
    this.#known.add(vanished);
    this.#tellFork(creator.pid, intermediate, time);
    this.#tell({ type: 'sid', pid: intermediate, time });
    this.#enter(orphan, vanished);
    this.#tell({ type: 'exit', pid: intermediate, time: this.now });
  }

  /**
   * sshd on HUP and php-fpm on USR2 exec themselves, fork, and end. What is left is an orphan a moment old, with the name
   * of the dead, in a session of its own or about to make one. A worker that the dead has just forked looks alike, but
   * for the image that it shares with it.
   */
  #daemonisedAnew(orphan: SeenProcess, creator: Known): boolean {
    if (!creator.dead || orphan.dead || this.now - orphan.started > NEWBORN) return false;
    const { sighting } = creator;
    if (sighting?.comm !== orphan.comm) return false;
    const changed = programChanged(sighting, orphan);
    return changed === true || (changed === undefined && orphan.session === orphan.pid);
  }

  #enter(seen: SeenProcess, creator: Known): void {
    const time = this.#bornBy(seen);
    const inherits = seen.session === creator.pid && creator.session !== seen.session;
    if (inherits) this.#setsid(creator);
    this.#tellFork(creator.pid, seen.pid, time);
    const known: Known = {
      ...creator,
      process: undefined,
      pid: seen.pid,
      born: time,
      seen,
      sighting: undefined,
      dead: seen.dead,
      endedAt: undefined,
    };
    this.#known.add(known);
    if (seen.session === seen.pid) this.#setsid(known);
    this.#findOwnProgram(known, creator, time);
    if (seen.dead && seen.parent !== this.view.self) this.#tellEnd(known);
  }

  /** The latest time at which it can have been created. */
  #bornBy(seen: SeenProcess): Nanoseconds {
    return Math.min(seen.started + TICK, this.now);
  }

  #setsid(known: Known): void {
    known.session = known.pid;
    this.#tell({ type: 'sid', pid: known.pid, time: this.now });
  }

  /** A new process runs its creator's program, unless it has exec'd one since. */
  #findOwnProgram(known: Known, creator: Known, time: Nanoseconds): void {
    const { seen } = known;
    if (seen === undefined || seen.dead) return;
    const { snapshot } = this;
    const argv = snapshot.argv(seen.pid);
    // a binary upgrade is to be recognised by the arguments that its creator was started with
    const title = creator.sighting?.title ?? creator.argv;
    const same = isSameTitle(argv, title);
    const before = creator.sighting ?? (creator.seen && sightingOf(creator.seen, this.now));
    const changed = before && programChanged(before, seen);
    if (changed === false || (changed === undefined && !(same && creator.dead))) return;
    const program = same ? creator : { argv, executable: snapshot.executable(seen.pid) };
    this.#tell({ type: 'exec', pid: seen.pid, time, ...programOf(program) });
  }

  /** What a living process of the lineage has done since. */
  #findChanges(known: Known): void {
    const { pid, seen, sighting } = known;
    if (seen === undefined || seen.dead) return;
    if (seen.session === pid && known.session !== pid) this.#setsid(known);
    const changed = sighting && programChanged(sighting, seen);
    const executable = changed === undefined ? this.snapshot.executable(pid) : undefined;
    const replaced =
      executable !== undefined && known.executable !== undefined && executable !== known.executable;
    if (changed !== true && !replaced) return;
    const program = programOf({ argv: this.snapshot.argv(pid), executable: this.snapshot.executable(pid) });
    this.#tell({ type: 'exec', pid, time: this.#execTime(pid), ...program });
  }

  /**
   * A child that was seen before it had given itself its title, or had its creator's arguments in another form, and by
   * now looks just as its creator looked: what it exec'd is told anew, so that both are known by the same arguments.
   */
  #findSuccessors({ argv, executable, sighting, process }: Known): void {
    for (const child of process?.children ?? []) {
      const { seen } = this.#known.get(child.pid) ?? {};
      if (!child.image.own || seen === undefined || seen.dead || sighting === undefined) continue;
      if (sighting.comm !== seen.comm || !isSameTitle(this.snapshot.argv(child.pid), sighting.title))
        continue;
      if (isSameTitle(child.image.argv, argv)) continue;
      this.#tell({
        type: 'exec',
        pid: child.pid,
        time: child.image.since,
        ...programOf({ argv, executable }),
      });
    }
  }

  /** At the latest that it can have been, but before it forked what this scan has found: what it left behind is its heir. */
  #execTime(pid: number): Nanoseconds {
    return this.#forkedFirst.get(pid) ?? this.now;
  }

  #findEnd(known: Known): void {
    const { seen } = known;
    if (seen === undefined) this.#tellEnd(known);
    // a zombie of our own is about to be reaped, and that says how it ended
    else if (seen.dead && seen.parent !== this.view.self) this.#tellEnd(known);
  }

  #tellEnd({ pid, seen }: Known): void {
    const status = seen?.status;
    this.#tell({ type: 'exit', pid, time: this.now, ...(status !== undefined && { status }) });
  }

  #tellFork(parent: number, child: number, time: Nanoseconds): void {
    this.#forkedFirst.set(parent, Math.min(time, this.#forkedFirst.get(parent) ?? time));
    this.#tell({ type: 'fork', parent, child, time });
  }

  #tell(event: ProcessEvent): void {
    this.#events.push(event);
  }

  #remember(): void {
    for (const pid of this.sightings.keys())
      if (this.#known.get(pid) === undefined) this.sightings.delete(pid);
    for (const { pid, seen } of this.#known.all()) {
      if (seen === undefined || seen.dead) continue;
      this.sightings.set(pid, sight(seen, this.snapshot, this.now, this.sightings.get(pid)));
    }
  }
}

function programOf({
  argv,
  executable,
}: Pick<Known, 'argv' | 'executable'>): Pick<ExecEvent, 'argv' | 'executable'> {
  return { ...(argv !== undefined && { argv }), ...(executable !== undefined && { executable }) };
}

function sightingOf(seen: SeenProcess, at: Nanoseconds): Sighting {
  const { startTime, started, comm, stackStart } = seen;
  return {
    at,
    startTime,
    started,
    comm,
    stackStart,
    executable: undefined,
    title: undefined,
    mark: undefined,
  };
}
