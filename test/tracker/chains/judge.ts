/**
 * What can be known of a history: the truth about it, and whether the rules of DESIGN section 4 can find it out. Written
 * from the rules, over the whole history at once; the follower has it event by event.
 */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { DEFAULT_TIMING } from '../../../src/tracker/follower/timing.js';
import { MILLISECOND } from '../support/scene.js';
import { CERTAINTIES, DOUBTS, type Certainty, type Doubt } from './doubts.js';
import {
  branchBelow,
  descendants,
  heirAt,
  imageAt,
  leaderAt,
  livesAt,
  type Being,
  type History,
} from './history.js';
import { firstOnTheWay, isUpgrade, leftBelow, rankOf, rootsBelow, seemingRank } from './successors.js';

export interface Judgement {
  readonly certainty: Certainty;
  readonly because: Doubt | 'the rules';
  /** who is main in the end; undefined when the job is over */
  readonly main: number | undefined;
  /** no other process could be taken for main at any time */
  readonly uncontested: boolean;
}

/** Near a limit in time, what is decided depends on when things are observed. */
const MARGIN: Nanoseconds = 120 * MILLISECOND;

/** A death may seem to have been this much later than it was: when its parent was told of it. */
const WAIT_TAKES: Nanoseconds = 60e3;

/** Whoever leaves its session as shortly as this before main's end may seem to leave it after. */
const JUST_BEFORE: Nanoseconds = 6 * MILLISECOND;

type Stage = 'launching' | 'settling' | 'settled';

/** A hand-off, as it truly was. */
interface Succession {
  readonly former: Being;
  readonly at: Nanoseconds;
  readonly stage: Stage;
  /** when `former` took over, undefined for a launcher */
  readonly tookOver: Nanoseconds | undefined;
  /** the leader of the session that a daemon leaves */
  readonly origin: Being;
}

/** How far what is observed may be from what happened. */
export interface Lag {
  /** how long after its death a process may seem alive */
  readonly alive: Nanoseconds;
  /** what happens within this time may be observed together */
  readonly together: Nanoseconds;
}

export function judge(history: History, lag: Lag): Judgement {
  return new Judge(history, lag).judge();
}

class Judge {
  readonly #doubts: Doubt[] = [];
  #uncontested = true;
  /** how much later than it truly did, a main may seem to have taken over from a helper that was taken for it */
  #late = 0;

  constructor(
    private readonly history: History,
    private readonly lag: Lag,
  ) {}

  judge(): Judgement {
    const { line, asked } = this.history;
    let former = line[0]!;
    let tookOver: Nanoseconds | undefined;
    let origin = former;
    for (;;) {
      const { end } = former;
      if (end === undefined) return this.#conclude(former.pid);
      if (former === line.at(-1) && asked !== undefined) return this.#conclude(undefined);
      if (end.status !== 0) return this.#conclude(undefined);
      const stage = this.#stageOf(former, tookOver, end.at);
      if (stage === 'launching') origin = leaderAt(former, imageAt(former, end.at).since);
      const succession: Succession = { former, at: end.at, stage, tookOver, origin };
      // of two forks that die with a main, one may seem to be the only one that it leaves
      if (stage !== 'launching' && this.#passedJustBefore(succession)) this.#doubt('several die at once');
      const heir = heirAt(this.history, former, end.at);
      if (heir === undefined) {
        const seeming = leftBelow(former, end.at, this.lag.alive).length;
        if (stage !== 'launching' && seeming > leftBelow(former, end.at, 0).length)
          this.#doubt('several die at once');
        if (this.#views(succession, end.at).some((candidates) => candidates.length > 0))
          this.#doubt(`status 0 with survivors while ${stage}`);
        return this.#conclude(undefined);
      }
      this.#judgeHandOff(succession, heir);
      [former, tookOver] = [heir, end.at];
    }
  }

  #conclude(main: number | undefined): Judgement {
    const certainty = CERTAINTIES.find((known) =>
      this.#doubts.some((doubt) => DOUBTS[doubt].certainty === known),
    );
    const because = this.#doubts.find((known) => DOUBTS[known].certainty === certainty) ?? 'the rules';
    return { certainty: certainty ?? 'decidable', because, main, uncontested: this.#uncontested };
  }

  #doubt(doubt: Doubt): void {
    this.#doubts.push(doubt);
  }

  #stageOf(main: Being, tookOver: Nanoseconds | undefined, at: Nanoseconds): Stage {
    const image = imageAt(main, at);
    const { start, settle, quickHandOff } = DEFAULT_TIMING;
    if (tookOver === undefined || (image.own && image.since > tookOver)) {
      if (image.since - (tookOver ?? 0) < WAIT_TAKES) this.#doubt('an exec at the moment of the hand-off');
      if (Math.abs(at - image.since - start) < MARGIN) this.#doubt('near the start timeout');
      return at - image.since <= start ? 'launching' : 'settled';
    }
    if (this.#isNear(at - tookOver, settle)) this.#doubt('near the settle time');
    if (this.#isNear(at - tookOver, quickHandOff)) this.#doubt('near the time of quick hand-offs');
    return at - tookOver < settle ? 'settling' : 'settled';
  }

  #isNear(span: Nanoseconds, limit: Nanoseconds): boolean {
    return span > limit - MARGIN && span < limit + MARGIN + this.#late;
  }

  /** Can the true heir be found, and can anybody be taken for it? */
  #judgeHandOff(succession: Succession, heir: Being): void {
    const { at, stage } = succession;
    if (!this.#views(succession, at).every((candidates) => candidates.includes(heir))) {
      this.#doubt(`the heir is no candidate while ${stage}`);
      return;
    }
    // observed together, the failure comes first, and leaves the others
    if (this.#failsSoon(at) && this.#rivals(succession, heir, at).length > 0)
      this.#doubt('a failed start leaves somebody');
    this.#judgeRivals(succession, heir);
  }

  /** Whether a creator of living processes has ended so shortly before main that it may seem to have ended after it. */
  #passedJustBefore({ former, at }: Succession): boolean {
    return descendants(former).some(
      ({ end, children }) =>
        end !== undefined &&
        end.at <= at &&
        end.at > at - JUST_BEFORE &&
        children.some((child) => livesAt(child, at)),
    );
  }

  /** Compares the heir with the others from the hand-off until the choice is closed, whenever something happens. */
  #judgeRivals(succession: Succession, heir: Being): void {
    const { at } = succession;
    const closed = at + DEFAULT_TIMING.settle + MARGIN;
    const moments = [at, ...this.#moments(at, closed)];
    let doubtful = 0;
    this.#late = 0;
    for (const [index, moment] of moments.entries()) {
      const until = moments[index + 1] ?? closed;
      const line = this.#lineAt(heir, moment);
      const rivals = line === undefined ? [] : this.#rivals(succession, line, moment);
      if (rivals.length > 0) this.#uncontested = false;
      const leaves = line !== undefined && this.#endsFinally(line, moment, until);
      if (leaves && rivals.length > 0 && line.end?.status === 0)
        this.#doubt('status 0 with survivors while settling');
      const rank = line === undefined ? 0 : seemingRank(line, succession, moment, this.lag.alive);
      const equals = rivals.filter((rival) => rankOf(rival, succession, moment) >= rank);
      if (equals.length === 0) {
        // the doubt is over, unless another one begins
        if (rivals.length === 0 && until - moment > this.lag.alive) break;
        doubtful = 0;
        continue;
      }
      if (equals.some(({ end }) => end !== undefined && end.status !== 0 && end.at <= until + this.lag.alive))
        this.#doubt('a helper that could be main fails');
      if (leaves || this.#failsSoon(until)) this.#doubt('main ends while others could be main');
      const better = equals.some((rival) => rankOf(rival, succession, moment) > rank);
      doubtful += until - moment;
      this.#late = until - at;
      if (until >= closed - 2 * MARGIN) this.#doubt(better ? 'a helper is better placed' : 'a tie');
      else if (doubtful > DEFAULT_TIMING.tie - MARGIN) this.#doubt('evidence comes late');
    }
  }

  /** Whether the true main fails so soon that it may be observed at once. */
  #failsSoon(at: Nanoseconds): boolean {
    const { end } = this.history.line.at(-1)!;
    return end !== undefined && end.status !== 0 && end.at - at <= this.lag.together;
  }

  /** Whether this one of the true line ends now, and none of it takes over. */
  #endsFinally(being: Being, from: Nanoseconds, until: Nanoseconds): boolean {
    const { end } = being;
    const ends = end !== undefined && end.at >= from && end.at <= until;
    return ends && (end.status !== 0 || heirAt(this.history, being, end.at) === undefined);
  }

  /** When anything happens to anybody. */
  #moments(from: Nanoseconds, until: Nanoseconds): Nanoseconds[] {
    const all = this.history.beings.flatMap(({ born, setsid, end, execs }) => [
      born,
      setsid,
      end?.at,
      end && end.at + this.lag.alive,
      ...execs.map(({ at }) => at),
    ]);
    const within = all.filter((at): at is Nanoseconds => at !== undefined && at > from && at < until);
    return [...new Set(within)].sort((a, b) => a - b);
  }

  /** Who stands for the true line at this moment: the first of it that lives. */
  #lineAt(heir: Being, at: Nanoseconds): Being | undefined {
    const { line } = this.history;
    for (const being of line.slice(line.indexOf(heir))) {
      if (livesAt(being, at)) return being;
      if (being.end?.status !== 0) return undefined;
    }
    return undefined;
  }

  #rivals(succession: Succession, line: Being, at: Nanoseconds): Being[] {
    const below = new Set(descendants(line));
    return this.#candidates(succession, at).filter((being) => being !== line && !below.has(being));
  }

  /** The candidates as they truly are, and as they may seem to be. */
  #views(succession: Succession, at: Nanoseconds): Being[][] {
    const { alive } = this.lag;
    const before = this.#candidates(succession, at, 0, at - JUST_BEFORE);
    return [this.#candidates(succession, at, 0), this.#candidates(succession, at, alive), before];
  }

  /** Roots below the former main that may take over, at this stage. */
  #candidates(
    { former, at: end, stage, tookOver, origin }: Succession,
    at: Nanoseconds,
    late = this.lag.alive,
    sessionsAt = end,
  ): Being[] {
    const roots = rootsBelow(former, at, late);
    const image = imageAt(former, end);
    if (stage === 'launching') return roots.filter((root) => branchBelow(former, root).born >= image.since);
    const since = (tookOver ?? image.since) + DEFAULT_TIMING.settle;
    const upgrades = roots.filter(
      (root) => isUpgrade(root, former, at) || this.#isDetachedUpgrade(root, former, at, since),
    );
    if (upgrades.length > 0) return upgrades;
    const single = leftBelow(former, at, late).length === 1;
    if (stage === 'settled')
      return single && !image.own ? this.#slowSteps(former, roots, { end, origin, sessionsAt }) : [];
    if (end - tookOver! < DEFAULT_TIMING.quickHandOff) return roots;
    const forks = former.children.filter(({ born }) => born >= image.since).length;
    const session = leaderAt(former, end);
    return roots.filter((root) => {
      const fresh = single && end - branchBelow(former, root).born < DEFAULT_TIMING.quickHandOff;
      const stays = session === origin || leaderAt(root, Math.max(sessionsAt, root.born)) === session;
      return (forks === 1 || fresh) && stays;
    });
  }

  /** The only process that a fork of the launched image leaves, and forked just before it ended. */
  #slowSteps(
    former: Being,
    roots: readonly Being[],
    { end, origin, sessionsAt }: { end: Nanoseconds; origin: Being; sessionsAt: Nanoseconds },
  ): Being[] {
    const image = imageAt(former, end);
    const forks = former.children.filter(({ born }) => born >= image.since).length;
    const limit = forks === 1 ? DEFAULT_TIMING.settle : DEFAULT_TIMING.quickHandOff;
    const session = leaderAt(former, end);
    return roots.filter((root) => {
      const first = firstOnTheWay(former, root, end);
      const took = end - first.born;
      if (this.#isNear(took, limit)) this.#doubt('near the settle time');
      // one that execs a program of its own may do so before anybody looks, and is a worker then
      if (took >= limit || imageAt(first, end + this.lag.together).exec !== image.exec) return false;
      // its setsid and its creator's exit race
      return session === origin || leaderAt(first, Math.max(sessionsAt, first.born)) === session;
    });
  }

  /** What runs main's program anew in a session of its own, and was exec'd after main had settled. */
  #isDetachedUpgrade(being: Being, former: Being, at: Nanoseconds, since: Nanoseconds): boolean {
    const [own, old] = [imageAt(being, at), imageAt(former, at)];
    if (leaderAt(being, at) === leaderAt(former, at) || own.exec === old.exec) return false;
    if (own.argv?.join(' ') !== old.argv?.join(' ')) return false;
    const { born } = branchBelow(former, being);
    if (Math.abs(born - since) < MARGIN + this.#late) this.#doubt('near the settle time');
    return born >= since;
  }
}
