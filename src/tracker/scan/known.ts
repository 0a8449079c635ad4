/** The lineage as a scan sees it: what is known already, and what the scan itself has found by now. */
import type { Nanoseconds } from '../events.js';
import type { Lineage } from '../lineage/lineage.js';
import type { Process } from '../model.js';
import { SAME_PROCESS } from '../follower/timing.js';
import type { Marks } from './mark.js';
import type { LastSeen, LastSeenProcesses } from './last-seen.js';
import { TICK, type SeenProcess, type Snapshot } from './snapshot.js';

/** What a scan needs of the tracker. */
export interface TrackerView {
  readonly lineage: Pick<Lineage, 'all' | 'get' | 'launchers'>;
  /** the supervisor's pid: orphans are its children */
  readonly self: number;
  /** `NAME NUL INSTANCE`, which are also the values of the environment markers */
  jobOf(process: Process): string | undefined;
  readonly marks: Marks;
  /** after a crash: where the orphans of a former supervisor are, and who may be trusted to be one */
  readonly former: FormerOrphans | undefined;
  /** a child that foster itself started for something else than a main (a hook): no orphan, whatever it looks like */
  isOther(pid: number): boolean;
  /** one of these launchers has created the process, and nothing tells which */
  doubt(orphan: number, launchers: readonly Process[], now: Nanoseconds): void;
}

/**
 * Orphans of jobs that a former supervisor started are not our children: they went to whoever adopts orphans above that one.
 * Strangers go there, too, so that only proof makes one of these a process of a job.
 */
export interface FormerOrphans {
  /** pids of who may have adopted them */
  readonly reapers: ReadonlySet<number>;
  /** whose processes a job's are; undefined where that is not known */
  uidOf(job: string): number | undefined;
  /** the job for which the control group was made that the process is in; undefined for most */
  jobByGroup(pid: number): string | undefined;
  /** start times of processes, by pid, that have been looked at and are nobody's of ours */
  readonly unrelated: Map<number, number>;
}

/** A process of the lineage during one scan. */
export interface Known {
  readonly pid: number;
  /** its record in the lineage; undefined when this scan has found it */
  readonly process: Process | undefined;
  readonly launcher: Process;
  /** at the latest; a launcher is known only when its start has returned, which may be late on a busy machine */
  readonly born: Nanoseconds;
  /** the program as the lineage knows it */
  argv: readonly string[] | undefined;
  executable: string | undefined;
  /** since when it has run that program, as far as the lineage knows */
  readonly imageSince: Nanoseconds;
  /** session id, by the events told so far */
  session: number;
  /** what the snapshot shows of it; undefined when it is gone, or another process has its pid now */
  readonly seen: SeenProcess | undefined;
  readonly lastSeen: LastSeen | undefined;
  /** it cannot fork any more; a zombie counts */
  readonly dead: boolean;
  /** when it was known to have ended, if that was known before this scan */
  readonly endedAt: Nanoseconds | undefined;
}

/** All of them, by pid and by lineage. */
export class KnownProcesses {
  readonly #byPid = new Map<number, Known>();
  readonly #byLauncher = new Map<Process, Known[]>();
  readonly #lately = new Map<Process, Known[]>();

  /** @param since what ended earlier is not in `lately` */
  constructor(private readonly since: Nanoseconds) {}

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
   * The same without those that had ended before the first orphan that is dead now was created, launchers excepted. In a
   * storm of short-lived processes these are few, and the others many thousands.
   */
  recentlyAlive(): ReadonlyMap<Process, readonly Known[]> {
    return this.#lately;
  }

  /** A process with the same pid that was known before keeps its place in its lineage: it may be a creator. */
  add(known: Known): void {
    this.#byPid.set(known.pid, known);
    enter(this.#byLauncher, known);
    const isLauncher = known.process === known.launcher;
    if (isLauncher || (known.endedAt ?? Infinity) >= this.since) enter(this.#lately, known);
  }
}

function enter(lineages: Map<Process, Known[]>, known: Known): void {
  const members = lineages.get(known.launcher);
  if (members === undefined) lineages.set(known.launcher, [known]);
  else members.push(known);
}

/** When the first of those was created that have ended and are children of ours now. */
function firstDeadOrphan(self: number, { processes }: Snapshot): Nanoseconds {
  let first = Infinity;
  for (const { dead, parent, started } of processes.values())
    if (dead && parent === self) first = Math.min(first, started);
  return first;
}

/** The processes of the lineage, compared with the snapshot. */
export function knownProcesses(
  view: Pick<TrackerView, 'lineage' | 'self'>,
  sightings: LastSeenProcesses,
  snapshot: Snapshot,
): KnownProcesses {
  const known = new KnownProcesses(firstDeadOrphan(view.self, snapshot));
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

/** Not that of a former process with this pid, nor of a program that has been replaced since, as another source told. */
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

/** Whether `known` can have forked at this time. */
export function livedAt(known: Known, time: Nanoseconds): boolean {
  return known.born <= time + TICK && (known.endedAt ?? Infinity) >= time;
}
