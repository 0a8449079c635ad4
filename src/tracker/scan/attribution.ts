/**
 * Whose is an orphan? Its creator has died, and /proc has forgotten who that was. Only what speaks for a lineage makes an
 * orphan one of it: in a container, orphans of `docker exec` become PID 1's children at any time, and they are nobody's.
 */
import type { Process } from '../model.js';
import { jobKey } from '../job-key.js';
import { livedAt, type Known, type KnownProcesses, type TrackerView } from './known.js';
import { TICK, type SeenProcess, type Snapshot } from './snapshot.js';

/** The environment variables that every process of a job is given. */
export const JOB_MARKER = 'FOSTER_JOB';
export const INSTANCE_MARKER = 'FOSTER_INSTANCE';

/** What speaks for a lineage, the strongest last. */
const EVIDENCE = {
  none: 0,
  /** nothing but the time, and that its environment is hidden: it has changed its uid */
  elimination: 1,
  /** a process that lived when the orphan was created and is dead now had the same name */
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
  /** who forked it, as far as can be told; when `intermediate` is given, who forked that */
  readonly creator: Known;
  /** a process that has vanished unseen, but whose session the orphan is in */
  readonly intermediate?: number;
}

/** Several lineages may have created the orphan, and nothing tells which. */
export interface Doubt {
  readonly kind: 'doubt';
  readonly orphan: number;
  readonly launchers: readonly Process[];
}

/** It bears the mark of a job and runs as another user than the job: it may be a daemon of it, or a stranger that copied the mark. */
export interface Unclear {
  readonly kind: 'unclear';
  readonly orphan: number;
  readonly launcher: Process;
}

export class Attributor {
  readonly #ownMark: number | undefined;
  readonly #marks = new Map<number, number | undefined>();
  /** of all jobs of which something is known */
  #jobMarks: ReadonlySet<number> | undefined;
  readonly #jobsByGroup = new Map<number, string | undefined>();
  readonly #environments = new Map<number, ReadonlyMap<string, string> | undefined>();

  constructor(
    private readonly view: Pick<TrackerView, 'self' | 'jobOf' | 'marks' | 'former'>,
    private readonly known: KnownProcesses,
    private readonly details: Snapshot,
  ) {
    this.#ownMark = details.mark(view.self);
  }

  /** Undefined when it is nobody's of ours. */
  attribute(orphan: SeenProcess): Attribution | Doubt | Unclear | undefined {
    if (orphan.parent !== this.view.self) return this.#attributeFormer(orphan);
    const environment = this.#environmentOf(orphan.pid);
    let best: { launcher: Process; members: readonly Known[] }[] = [];
    let strength: number = EVIDENCE.none;
    // nothing is known of the image of a dead one, so that only its creators' sessions and names can speak for it
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

  /** An orphan that whoever adopted the orphans of a former supervisor has adopted: strangers are among these. */
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
      // runs of one job that follow each other leave the same mark: the last that had begun by then is meant
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

  /** The mark; where we cannot set any, the name of the job in the environment has to do. */
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
   * A subreaper's orphans descend from it. PID 1 adopts strangers, too (`docker exec -u`), and each of them may copy a mark or name
   * a job. As another user than the job's, a process is believed where it may be a daemon that has just dropped its rights:
   * whoever created it has died since the last look.
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

  /** A supervisor that is itself a job of another one leaves that one's mark on everything: it says nothing here. */
  #markOf(pid: number): number | undefined {
    if (!this.#marks.has(pid)) {
      const mark = this.details.mark(pid);
      this.#marks.set(pid, mark === this.#ownMark ? undefined : mark);
    }
    return this.#marks.get(pid);
  }

  /**
   * The mark of a dead session leader is that of what it has left in its session: /proc shows no limits of a zombie, and an
   * intermediate of another job may have died in the same moment, under the same name.
   */
  #markOfSession({ pid, session, dead }: SeenProcess): number | undefined {
    if (!dead || session !== pid) return undefined;
    for (const other of this.details.processes.values()) {
      if (other.session !== pid || other.dead) continue;
      const mark = this.#markOf(other.pid);
      if (mark !== undefined) return mark;
    }
    return undefined;
  }

  #isMarkOfAnother(mark: number | undefined): boolean {
    if (mark === undefined) return false;
    const { marks } = this.view;
    const launchers = [...this.known.lineages().keys()];
    this.#jobMarks ??= new Set(launchers.map((one) => marks.ofJob(this.view.jobOf(one) ?? '')));
    return this.#jobMarks.has(mark);
  }

  /** Runs of one job that follow each other leave the same traces: the last that had begun by then is meant. */
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
    if (members.some((known) => sharesImage(orphan, known))) return EVIDENCE.image;
    const job = this.view.jobOf(launcher) ?? '';
    const mark = this.#markOf(orphan.pid) ?? this.#markOfSession(orphan);
    const jobsMark = this.view.marks.ofJob(job);
    // who its creator was may have been guessed wrongly, and with it the session: a mark is no guess
    if (mark !== jobsMark && this.#isMarkOfAnother(mark)) return EVIDENCE.none;
    if (members.some((known) => sharesSession(orphan, known))) return EVIDENCE.session;
    const marker = jobMarkerOf(environment);
    if (mark === jobsMark || marker === job) {
      // anyone can name a job; its mark has to be copied from a process of it
      const creators = mark === jobsMark ? members : [];
      if (this.#mayBeForged(orphan, job, creators)) return EVIDENCE.none;
      return mark === jobsMark ? EVIDENCE.mark : EVIDENCE.marker;
    }
    if (marker !== undefined || mark !== undefined) return EVIDENCE.none;
    // an environment that is there, and was not made by foster, is that of a stranger
    if (environment?.has('PATH') === true) return EVIDENCE.none;
    const creators = members.filter((known) => known.dead && livedAt(known, orphan.started));
    if (creators.some((known) => nameOf(known) === orphan.comm)) return EVIDENCE.name;
    // what is marked leaves no unmarked process behind, but for those that PAM gives the limits of a login (sshd)
    const marked = members.some(({ lastSeen }) => lastSeen?.mark === jobsMark);
    const hidden = environment === undefined && !orphan.dead;
    return hidden && !marked && creators.length > 0 ? EVIDENCE.elimination : EVIDENCE.none;
  }
}

function sharesImage(orphan: SeenProcess, { seen, lastSeen }: Known): boolean {
  const stack = orphan.stackStart;
  return stack !== undefined && (stack === seen?.stackStart || stack === lastSeen?.stackStart);
}

/** All four ids: whoever has but one of another user may be under that user's control. */
export function runsAs(uids: readonly number[] | undefined, uid: number): boolean {
  return uids !== undefined && uids.length > 0 && uids.every((one) => one === uid);
}

/**
 * A program image can be had from a process of the job alone. A session number may have passed to a stranger since its members
 * were last seen: it needs a member that lives, or the mark.
 */
function provesFormer(orphan: SeenProcess, members: readonly Known[], bearsMark: boolean): boolean {
  if (members.some((known) => sharesImage(orphan, known))) return true;
  const mates = members.filter((known) => sharesSession(orphan, known));
  return bearsMark
    ? mates.length > 0
    : mates.some(({ dead, seen }) => !dead && seen?.session === orphan.session);
}

/**
 * A session id is not given away as long as somebody is in the session, and a member is there from its birth. So the
 * session is the lineage's if a member of it lived when the orphan was created.
 */
function sharesSession(orphan: SeenProcess, known: Known): boolean {
  if (orphan.session === orphan.pid || !livedAt(known, orphan.started)) return false;
  // the second: it has made the session since it was last seen
  return known.session === orphan.session || known.pid === orphan.session;
}

/** The job that the environment names. */
export function jobMarkerOf(environment: ReadonlyMap<string, string> | undefined): string | undefined {
  const name = environment?.get(JOB_MARKER);
  return name === undefined ? undefined : jobKey({ name, instance: environment?.get(INSTANCE_MARKER) ?? '' });
}

/** A zombie still has its name; what is gone has the one that it was seen with. */
function nameOf({ seen, lastSeen }: Known): string | undefined {
  return seen?.comm ?? lastSeen?.comm;
}

function creatorOf(
  orphan: SeenProcess,
  { launcher, members }: { readonly launcher: Process; readonly members: readonly Known[] },
): { readonly creator: Known; readonly intermediate?: number } {
  const then = members.filter((known) => livedAt(known, orphan.started));
  const dead = then.filter((known) => known.dead);
  // if none of them has died, one that lives has created a process unseen, which has
  const fallback =
    bestGuess(then, orphan) ?? members.find(({ process }) => process === launcher) ?? members[0]!;
  if (orphan.session === orphan.pid) return { creator: bestGuess(dead, orphan) ?? fallback };
  const session = members.filter((known) => sharesSession(orphan, known));
  if (session.length === 0) {
    return { creator: bestGuess(dead, orphan) ?? fallback, intermediate: orphan.session };
  }
  // if all of the session live, an unseen process between one of them and the orphan has died
  const creator = bestGuess(
    session.filter(({ dead }) => dead),
    orphan,
  );
  return { creator: creator ?? session.find(({ pid }) => pid === orphan.session) ?? session[0]! };
}

/**
 * One that has died since the last scan, which would have shown what others left behind. Among these the one that runs
 * the same image, then one of the same name, then the oldest: helpers come and go, main stays.
 */
function bestGuess(dead: readonly Known[], orphan: SeenProcess): Known | undefined {
  const lately = dead.filter(({ endedAt }) => endedAt === undefined);
  const creators = lately.length > 0 ? lately : dead;
  return (
    creators.find((known) => sharesImage(orphan, known)) ??
    creators.find((known) => nameOf(known) === orphan.comm) ??
    creators[0]
  );
}
