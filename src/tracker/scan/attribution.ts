/**
 * Assigns orphans to jobs. An orphan's creator has died, and /proc has forgotten it. An orphan joins a
 * lineage only on evidence: in a container, orphans of `docker exec` become PID 1's children at any time, and
 * belong to no job.
 */
import type { Process } from '../model.js';
import { livedAt, type Known, type KnownProcesses, type TrackerView } from './known.js';
import { TICK, type SeenProcess, type Snapshot } from './snapshot.js';
import {
  creatorOf,
  jobMarkerOf,
  nameOf,
  provesFormer,
  isInSessionOf,
  runsAs,
  sharesImage,
  sharesSession,
} from './orphan-evidence.js';

/** The evidence for a lineage, the strongest last. */
const EVIDENCE = {
  none: 0,
  /** only the time fits, and its environment is hidden because it has changed its uid */
  elimination: 1,
  /** a process with the same name was alive when the orphan was created, and is dead now */
  name: 2,
  /** the job's name is in its environment */
  marker: 3,
  /** it bears the job's mark */
  mark: 4,
  /** it is in a session of the lineage */
  session: 5,
  /** it runs a program image that a process of the lineage has begun */
  image: 6,
} as const;

export interface Attribution {
  readonly kind: 'of';
  readonly launcher: Process;
  /** the process that forked it, as far as known; if `intermediate` is given, the process that forked that */
  readonly creator: Known;
  /** a process that has ended unseen, whose session the orphan is in */
  readonly intermediate?: number;
}

/** An orphan that several lineages may have created, without evidence for one of them. */
export interface Doubt {
  readonly kind: 'doubt';
  readonly orphan: number;
  readonly launchers: readonly Process[];
}

/**
 * An orphan that bears a job's mark but runs as another user: a daemon of the job, or a stranger that copied
 * the mark.
 */
export interface Unclear {
  readonly kind: 'unclear';
  readonly orphan: number;
  readonly launcher: Process;
}

export class Attributor {
  readonly #ownMark: number | undefined;
  readonly #marks = new Map<number, number | undefined>();
  /** of all known jobs */
  #jobMarks: ReadonlySet<number> | undefined;
  readonly #jobsByGroup = new Map<number, string | undefined>();
  #sessions: ReadonlyMap<number, readonly number[]> | undefined;
  readonly #environments = new Map<number, ReadonlyMap<string, string> | undefined>();

  constructor(
    private readonly view: Pick<TrackerView, 'self' | 'jobOf' | 'marks' | 'former'>,
    private readonly known: KnownProcesses,
    private readonly details: Snapshot,
  ) {
    this.#ownMark = details.mark(view.self);
  }

  /** Returns the lineage of an orphan; undefined if it belongs to none. */
  attribute(orphan: SeenProcess): Attribution | Doubt | Unclear | undefined {
    if (orphan.parent !== this.view.self) return this.#attributeFormer(orphan);
    // the kernel shows none of a zombie
    const environment = orphan.dead ? undefined : this.#environmentOf(orphan.pid);
    let best: { launcher: Process; members: readonly Known[] }[] = [];
    let strength: number = EVIDENCE.none;
    // the image of a dead process is unknown, so only its creators' sessions and names count
    const lineages = orphan.dead ? this.known.recentlyAlive() : this.known.lineages();
    for (const [launcher, members] of lineages) {
      const began = members.find(({ process }) => process === launcher)?.born ?? launcher.born;
      if (began > orphan.started + TICK) continue;
      const evidence = this.#evidence(orphan, launcher, members, environment);
      if (evidence === EVIDENCE.none || evidence < strength) continue;
      if (evidence > strength) best = [];
      strength = evidence;
      best.push({ launcher, members });
    }
    const chosen = this.#decide(best, strength);
    if (chosen !== undefined) return { kind: 'of', launcher: chosen.launcher, ...creatorOf(orphan, chosen) };
    return best.length === 0
      ? undefined
      : { kind: 'doubt', orphan: orphan.pid, launchers: best.map(({ launcher }) => launcher) };
  }

  /**
   * Judges an orphan that a subreaper above the former supervisor may have adopted: strangers are among
   * these.
   */
  #attributeFormer(orphan: SeenProcess): Attribution | Unclear | undefined {
    const { former, marks } = this.view;
    if (former === undefined || orphan.dead || former.unrelated.get(orphan.pid) === orphan.startTime)
      return undefined;
    const mark = this.#markOf(orphan.pid);
    let best: { launcher: Process; members: readonly Known[]; isProven: boolean } | undefined;
    for (const [launcher, members] of this.known.lineages()) {
      const began = members.find(({ process }) => process === launcher)?.born ?? launcher.born;
      if (began > orphan.started + TICK) continue;
      const job = this.view.jobOf(launcher) ?? '';
      const bears = mark === marks.ofJob(job);
      const isProven =
        provesFormer(orphan, members, bears) ||
        (this.#isMarked(orphan.pid, job, bears) && this.#isUserOf(orphan.pid, job)) ||
        (this.#jobByGroup(orphan.pid) === job && (bears || !this.#isMarkOfAnother(mark)));
      if (!isProven && !bears) continue;
      // consecutive runs of one job leave the same mark: the last one that had begun counts
      const isBetter =
        best === undefined || (isProven && !best.isProven) || launcher.born >= best.launcher.born;
      if (isBetter && (isProven || best?.isProven !== true)) best = { launcher, members, isProven };
    }
    if (best === undefined) {
      former.unrelated.set(orphan.pid, orphan.startTime);
      return undefined;
    }
    const { launcher } = best;
    if (!best.isProven) return { kind: 'unclear', orphan: orphan.pid, launcher };
    return { kind: 'of', launcher, ...creatorOf(orphan, best) };
  }

  /** Tests for the mark; if foster cannot set marks, the job's name in the environment has to suffice. */
  #isMarked(pid: number, job: string, bearsMark: boolean): boolean {
    return bearsMark || (this.#ownMark !== undefined && jobMarkerOf(this.#environmentOf(pid)) === job);
  }

  #isUserOf(pid: number, job: string): boolean {
    const uid = this.view.former?.uidOf(job);
    return uid !== undefined && runsAs(this.details.uids?.(pid), uid);
  }

  #jobByGroup(pid: number): string | undefined {
    if (!this.#jobsByGroup.has(pid)) this.#jobsByGroup.set(pid, this.view.former?.jobByGroup(pid));
    return this.#jobsByGroup.get(pid);
  }

  /**
   * Tests whether evidence may be forged. A subreaper's orphans descend from it. PID 1 also adopts strangers
   * (`docker exec -u`), and each of them may copy a mark or name a job. A process of another user than the
   * job's is accepted only if it may be a daemon that has just dropped its rights: its creator must have died
   * since the last look.
   */
  #mayBeForged(orphan: SeenProcess, job: string, members: readonly Known[]): boolean {
    if (this.view.self !== 1 || this.view.former === undefined || orphan.dead) return false;
    if (this.#isUserOf(orphan.pid, job) || this.#jobByGroup(orphan.pid) === job) return false;
    return !members.some(
      (known) => known.dead && known.endedAt === undefined && livedAt(known, orphan.started),
    );
  }

  #environmentOf(pid: number): ReadonlyMap<string, string> | undefined {
    if (!this.#environments.has(pid)) this.#environments.set(pid, this.details.environment(pid));
    return this.#environments.get(pid);
  }

  /**
   * Returns the mark of a process. If foster itself is a job of another foster, the outer mark is on
   * everything and proves nothing.
   */
  #markOf(pid: number): number | undefined {
    if (!this.#marks.has(pid)) {
      const mark = this.details.mark(pid);
      this.#marks.set(pid, mark === this.#ownMark ? undefined : mark);
    }
    return this.#marks.get(pid);
  }

  /**
   * Returns the mark of a dead session leader, taken from the processes of its session. /proc shows no limits
   * of a zombie, and an intermediate of another job with the same name may have died at the same moment.
   */
  #markOfSession({ pid, session, dead }: SeenProcess): number | undefined {
    if (!dead || session !== pid) return undefined;
    for (const other of this.#livingInSession(pid)) {
      const mark = this.#markOf(other);
      if (mark !== undefined) return mark;
    }
    return undefined;
  }

  /** Returns the pids of the living processes of a session. */
  #livingInSession(session: number): readonly number[] {
    this.#sessions ??= livingBySession(this.details);
    return this.#sessions.get(session) ?? [];
  }

  #isMarkOfAnother(mark: number | undefined): boolean {
    if (mark === undefined) return false;
    const { marks } = this.view;
    const launchers = [...this.known.lineages().keys()];
    this.#jobMarks ??= new Set(launchers.map((one) => marks.ofJob(this.view.jobOf(one) ?? '')));
    return this.#jobMarks.has(mark);
  }

  /**
   * Picks the run of an orphan. Consecutive runs of one job leave the same traces: the last one that had
   * begun counts.
   */
  #decide<T extends { launcher: Process }>(best: readonly T[], strength: number): T | undefined {
    const [first] = best;
    if (first === undefined) return undefined;
    const oneJob = best.every(
      ({ launcher }) => this.view.jobOf(launcher) === this.view.jobOf(first.launcher),
    );
    if (!oneJob || (strength === EVIDENCE.elimination && best.length > 1)) return undefined;
    return best.reduce((last, one) => (one.launcher.born >= last.launcher.born ? one : last));
  }

  #evidence(
    orphan: SeenProcess,
    launcher: Process,
    members: readonly Known[],
    environment: ReadonlyMap<string, string> | undefined,
  ): number {
    if (isInSessionOf(orphan, members)) return EVIDENCE.session;
    if (members.some((known) => sharesImage(orphan, known))) return EVIDENCE.image;
    const job = this.view.jobOf(launcher) ?? '';
    const mark = this.#markOf(orphan.pid) ?? this.#markOfSession(orphan);
    const jobsMark = this.view.marks.ofJob(job);
    // its creator may have been guessed wrongly, and with it the session: a mark is no guess
    if (mark !== jobsMark && this.#isMarkOfAnother(mark)) return EVIDENCE.none;
    if (members.some((known) => sharesSession(orphan, known))) return EVIDENCE.session;
    const marker = jobMarkerOf(environment);
    if (mark === jobsMark || marker === job) {
      // any process can name a job, but a mark has to be copied from a process of the job
      const creators = mark === jobsMark ? members : [];
      if (this.#mayBeForged(orphan, job, creators)) return EVIDENCE.none;
      return mark === jobsMark ? EVIDENCE.mark : EVIDENCE.marker;
    }
    if (marker !== undefined || mark !== undefined) return EVIDENCE.none;
    // a visible environment that foster did not make belongs to a stranger
    if (environment?.has('PATH') === true) return EVIDENCE.none;
    const creators = members.filter((known) => known.dead && livedAt(known, orphan.started));
    if (creators.some((known) => nameOf(known) === orphan.comm)) return EVIDENCE.name;
    // descendants of a marked process are marked, except those that get new limits from PAM at login (sshd)
    const marked = members.some(({ lastSeen }) => lastSeen?.mark === jobsMark);
    const hidden = environment === undefined && !orphan.dead;
    return hidden && !marked && creators.length > 0 ? EVIDENCE.elimination : EVIDENCE.none;
  }
}

function livingBySession({ processes }: Snapshot): ReadonlyMap<number, readonly number[]> {
  const sessions = new Map<number, number[]>();
  for (const { pid, session, dead } of processes.values()) {
    if (dead) continue;
    const members = sessions.get(session);
    if (members === undefined) sessions.set(session, [pid]);
    else members.push(pid);
  }
  return sessions;
}
