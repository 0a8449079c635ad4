/** The lineage as a scan sees it: what is known already, plus what the scan has found so far. */
import type { Nanoseconds } from '../events.js';
import type { Lineage } from '../lineage/lineage.js';
import type { Process } from '../model.js';
import { SAME_PROCESS } from '../follower/timing.js';
import type { Marks } from './mark.js';
import type { LastSeen, LastSeenProcesses } from './last-seen.js';
import { TICK, type SeenProcess, type Snapshot } from './snapshot.js';

/** What a scan needs from the tracker. */
export interface TrackerView {
  readonly lineage: Pick<Lineage, 'all' | 'get' | 'launchers'>;
  /** the supervisor's pid: orphans are its children */
  readonly self: number;
  /** `NAME NUL INSTANCE`, which are also the values of the environment markers */
  jobOf(process: Process): string | undefined;
  readonly marks: Marks;
  /** after a crash: where the orphans of a former supervisor are, and which processes to trust */
  readonly former: FormerOrphans | undefined;
  /** a child that foster started as something other than main (a hook): never an orphan */
  isOther(pid: number): boolean;
  /** reports that one of these launchers has created the process, without evidence which */
  doubt(orphan: number, launchers: readonly Process[], now: Nanoseconds): void;
}

/**
 * Where orphans of a former supervisor's jobs are. They are not our children: they were reparented to the
 * next subreaper above that supervisor. Strangers are reparented there, too, so a process joins a job only on
 * proof.
 */
export interface FormerOrphans {
  /** pids of processes that may have adopted them */
  readonly reapers: ReadonlySet<number>;
  /** the user of a job's processes; undefined if unknown */
  uidOf(job: string): number | undefined;
  /** the job whose control group the process is in; undefined for most */
  jobByGroup(pid: number): string | undefined;
  /** start times, by pid, of processes that were checked and belong to no job */
  readonly unrelated: Map<number, number>;
}

/** A process of the lineage during one scan. */
export interface Known {
  readonly pid: number;
  /** its record in the lineage; undefined if this scan has found it */
  readonly process: Process | undefined;
  readonly launcher: Process;
  /**
   * at the latest; a launcher is known only after its start has returned, which may be late on a busy machine
   */
  readonly born: Nanoseconds;
  /** the program as the lineage knows it */
  argv: readonly string[] | undefined;
  executable: string | undefined;
  /** since when it has run that program, as far as the lineage knows */
  readonly imageSince: Nanoseconds;
  /** session id, by the events reported so far */
  session: number;
  /** its entry in the snapshot; undefined if it is gone, or its pid belongs to another process */
  readonly seen: SeenProcess | undefined;
  readonly lastSeen: LastSeen | undefined;
  /** it cannot fork any more; a zombie counts */
  readonly dead: boolean;
  /** when it ended, if that was known before this scan */
  readonly endedAt: Nanoseconds | undefined;
}

/** All known processes, by pid and by lineage. */
export class KnownProcesses {
  readonly #byPid = new Map<number, Known>();
  readonly #byLauncher = new Map<Process, Known[]>();
  readonly #lately = new Map<Process, Known[]>();

  /**
   * @param since processes that ended earlier are not in `recentlyAlive`
   * @param most processes of one lineage in `recentlyAlive`
   */
  constructor(
    private readonly since: Nanoseconds,
    private readonly most: number,
  ) {}

  get(pid: number): Known | undefined {
    return this.#byPid.get(pid);
  }

  all(): readonly Known[] {
    return [...this.#byPid.values()];
  }

  lineages(): ReadonlyMap<Process, readonly Known[]> {
    return this.#byLauncher;
  }

  /**
   * Returns the lineages for dead orphans: without processes that had ended before the oldest of these was
   * created, and with a limited number of each lineage, the oldest first. Launchers are always included. In a
   * storm of short-lived processes these are few, and the others many thousands.
   */
  recentlyAlive(): ReadonlyMap<Process, readonly Known[]> {
    return this.#lately;
  }

  /** Adds a process. A former process with the same pid stays in its lineage: it may be a creator. */
  add(known: Known): void {
    this.#byPid.set(known.pid, known);
    enter(this.#byLauncher, known);
    const isLauncher = known.process === known.launcher;
    const isRecent =
      (known.endedAt ?? Infinity) >= this.since &&
      (this.#lately.get(known.launcher)?.length ?? 0) < this.most;
    if (isLauncher || isRecent) enter(this.#lately, known);
  }
}

function enter(lineages: Map<Process, Known[]>, known: Known): void {
  const members = lineages.get(known.launcher);
  if (members === undefined) lineages.set(known.launcher, [known]);
  else members.push(known);
}

/**
 * How many pairs of a dead orphan and a process of a lineage a scan compares at most: some tens of milliseconds.
 * A shell script can leave PID 1 thousands of each in a second, and comparing all took minutes, in which none was
 * reaped.
 */
const MOST_PAIRS = 200_000;

/** With fewer, the process that has created an orphan could be missing in ordinary daemons. */
const LEAST_OF_A_LINEAGE = 16;

/** Looks at our children that have ended: when the oldest was born, and how many there are. */
function deadOrphans(self: number, { processes }: Snapshot): { first: Nanoseconds; count: number } {
  let first = Infinity;
  let count = 0;
  for (const { dead, parent, started } of processes.values()) {
    if (!dead || parent !== self) continue;
    first = Math.min(first, started);
    count += 1;
  }
  return { first, count };
}

/** Returns the processes of the lineage, compared with the snapshot. */
export function knownProcesses(
  view: Pick<TrackerView, 'lineage' | 'self'>,
  sightings: LastSeenProcesses,
  snapshot: Snapshot,
): KnownProcesses {
  const { first, count } = deadOrphans(view.self, snapshot);
  const known = new KnownProcesses(first, Math.max(LEAST_OF_A_LINEAGE, MOST_PAIRS / count));
  for (const process of view.lineage.all()) {
    const { pid, ended, image, launcher, born } = process;
    const sighting = lastSeenOf(process, sightings);
    const shown = snapshot.processes.get(pid);
    const seen = shown !== undefined && isSame(process, sighting, shown) ? shown : undefined;
    known.add({
      pid,
      process,
      launcher,
      born: Math.min(born, ((seen ?? sighting)?.started ?? born) + TICK),
      argv: image.argv,
      executable: image.executable,
      imageSince: image.since,
      session: process.session.id,
      seen,
      lastSeen: sighting,
      dead: ended !== undefined || (seen?.dead ?? true),
      endedAt: ended?.at,
    });
  }
  return known;
}

/**
 * Returns the last sighting of this process; not one of a former process with this pid, nor of a program
 * replaced since.
 */
function lastSeenOf({ pid, born, image }: Process, sightings: LastSeenProcesses): LastSeen | undefined {
  const sighting = sightings.get(pid);
  if (sighting === undefined || Math.abs(sighting.started - born) >= SAME_PROCESS) return undefined;
  return image.isOwn && image.since > sighting.at ? undefined : sighting;
}

function isSame(process: Process, sighting: LastSeen | undefined, seen: SeenProcess): boolean {
  if (process.ended !== undefined && seen.started > process.ended.at) return false;
  if (sighting?.startTime === seen.startTime) return true;
  return seen.started <= process.born + (sighting === undefined ? SAME_PROCESS : TICK);
}

/** Tests whether `known` can have forked at this time. */
export function livedAt(known: Known, time: Nanoseconds): boolean {
  return known.born <= time + TICK && (known.endedAt ?? Infinity) >= time;
}
