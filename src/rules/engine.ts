/**
 * Moves the processes of the whole machine to the groups that the rules name: when they exec or change their
 * user or group, and once when the engine starts.
 *
 * A process that forks before it is moved leaves its child behind: the kernel puts a child into its parent's
 * group. So the engine also checks children of recently moved processes, from fork events.
 */
import type { GroupMover, MoveOutcome } from './groups.js';
import { consider, findRule, type Considered, type MatchFacts } from './match.js';
import { isInside, missingPlaces, placementOf, type Hierarchies, type Place } from './placement.js';
import { position, type Rule } from './rule.js';
import type { StickyProcesses } from './sticky.js';
import type { Subject } from './subject.js';
import type { Names } from './destination.js';
import type { GroupTemplate } from './templates/group-template.js';
import { levelsOf } from './templates/levels.js';
import { groupsToMake, type Made, type Making } from './templates/making.js';

/** The connector's records that the engine needs. */
export type EngineEvent =
  | { readonly kind: 'exec' | 'uid' | 'gid'; readonly pid: number }
  | { readonly kind: 'fork'; readonly parent: number; readonly child: number; readonly time: number };

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** how to make groups that do not exist yet */
  readonly templates: readonly GroupTemplate[];
  readonly names: Names;
  /** groups of a user beyond those that list it */
  readonly groupsOf: (uid: number) => ReadonlySet<number> | undefined;
}

/** The result for one process. */
export interface Move {
  readonly subject: Subject;
  readonly rule: Rule;
  /** groups that it was not in before */
  readonly places: readonly Place[];
}

interface EngineOptions {
  readonly hierarchies: Hierarchies;
  readonly subjectOf: (pid: number) => Subject | undefined;
  /**
   * whether a process will be placed later, when its user is known: a child that it forks meanwhile is left
   * behind
   */
  readonly isHeldBack: (pid: number) => boolean;
  readonly mover: GroupMover;
  readonly sticky: StickyProcesses;
  /** nanoseconds, the clock of the events */
  readonly now: () => number;
  readonly moved: (move: Move) => void;
  readonly made: (made: Made) => void;
  /** called once for each text */
  readonly problem: (text: string) => void;
}

/** Fork events arrive within this time, however busy the machine is: 40,000 events fit into the buffer. */
const RECENT = 10e9;

/** How long events may wait while 100,000 existing processes are scanned, in nanoseconds. */
const SLICE = 2e6;

/** Number of entries after which old ones are dropped. */
const MANY = 1024;

export class RulesEngine {
  #set: RuleSet = {
    rules: [],
    templates: [],
    names: { user: () => undefined, group: () => undefined },
    groupsOf: () => undefined,
  };
  /** processes to check, in the order of their events */
  readonly #due = new Set<number>();
  /** when a process was moved last */
  readonly #recent = new Map<number, number>();
  readonly #reported = new Set<string>();
  /** while existing processes are scanned, a child's parent may not have been checked yet */
  #scanning = 0;
  readonly counts = { looked: 0, moved: 0, failed: 0 };

  constructor(private readonly options: EngineOptions) {}

  /** Replaces the rules; problems may be reported again. */
  use(set: RuleSet): void {
    this.#set = set;
    this.#reported.clear();
  }

  /** Records an event; `flush` acts on it. */
  take(event: EngineEvent): void {
    const { sticky } = this.options;
    switch (event.kind) {
      case 'exec':
      case 'uid':
      case 'gid':
        this.#due.add(event.pid);
        return;
      case 'fork':
        sticky.forked(event.parent, event.child);
        if (this.#mayHaveLeft(event.parent, event.time)) this.#due.add(event.child);
        return;
    }
  }

  /** Checks every process with a recorded event. */
  flush(): void {
    for (const pid of this.#due) this.place(pid);
    this.#due.clear();
    if (this.#recent.size > MANY) this.#forgetOld();
  }

  /**
   * Checks existing processes, in slices.
   * @param pids all existing processes
   * @param slice nanoseconds after which a slice ends
   * @returns the slices; serve events between them
   */
  *scan(pids: Iterable<number>, slice = SLICE): Generator<void> {
    this.#scanning += 1;
    try {
      let end = this.options.now() + slice;
      for (const pid of pids) {
        this.place(pid);
        if (this.options.now() < end) continue;
        yield;
        end = this.options.now() + slice;
      }
    } finally {
      this.#scanning -= 1;
    }
  }

  /** Checks a process, and moves it if necessary. */
  place(pid: number): void {
    const { subjectOf, sticky, mover, moved, now } = this.options;
    const subject = subjectOf(pid);
    if (subject === undefined) return;
    this.counts.looked += 1;
    const rule = findRule(this.#set.rules, subject, this.#facts(subject));
    if (rule === undefined || rule.ignore || sticky.has(pid)) return;
    const { places, problems } = this.placement(rule, subject);
    for (const problem of problems) this.#log(problem);
    const groups = mover.groupsOf(pid);
    if (groups === undefined) return;
    const missing = missingPlaces(places, groups);
    const entered = missing.filter((place) => this.#enter(mover, place, subject, rule));
    if (entered.length === 0) return;
    this.#recent.set(pid, now());
    this.counts.moved += 1;
    moved({ subject, rule, places: entered });
  }

  placement(rule: Rule, subject: Subject): ReturnType<typeof placementOf> {
    return placementOf(rule, subject, this.#set.names, this.options.hierarchies);
  }

  /** Returns the groups that would have to be made for a place. */
  toMake(place: Place, subject: Subject): readonly Made[] {
    return groupsToMake(place, levelsOf(place, subject, this.#set.names), this.#making());
  }

  /** Returns all rules up to the matching one, with the verdict of each. */
  consider(subject: Subject): readonly Considered[] {
    return consider(this.#set.rules, subject, this.#facts(subject));
  }

  #facts(subject: Subject): MatchFacts {
    const { names, groupsOf } = this.#set;
    const { hierarchies, mover } = this.options;
    return {
      userName: names.user(subject.uid),
      groups: groupsOf(subject.uid),
      isInside: (rule) => {
        const groups = mover.groupsOf(subject.pid);
        return (
          groups !== undefined &&
          isInside(rule.destinations[0], rule, subject, { names, hierarchies, groups })
        );
      },
    };
  }

  #enter(mover: GroupMover, place: Place, subject: Subject, rule: Rule): boolean {
    const outcome = this.#moveInto(mover, place, subject);
    if (outcome === 'moved') return true;
    // it has ended while it was being moved
    if (outcome === 'gone') return false;
    this.counts.failed += 1;
    this.#log(
      `${position(rule)}: ${outcome === 'no group' ? `${place.directory} is gone again` : outcome.failed}`,
    );
    return false;
  }

  #moveInto(mover: GroupMover, place: Place, subject: Subject): MoveOutcome {
    const outcome = mover.move(place, subject.pid);
    if (outcome !== 'no group') return outcome;
    const levels = levelsOf(place, subject, this.#set.names);
    return mover.make(place, levels, this.#making()) ?? mover.move(place, subject.pid);
  }

  #making(): Making {
    const { hierarchies, made } = this.options;
    return { templates: this.#set.templates, hierarchies, made, problem: (text) => this.#log(text) };
  }

  /** Tests whether the child of a fork may be where its parent was before it was moved. */
  #mayHaveLeft(parent: number, time: number): boolean {
    if (this.#scanning > 0 || this.#due.has(parent) || this.options.isHeldBack(parent)) return true;
    const moved = this.#recent.get(parent);
    return moved !== undefined && time <= moved;
  }

  #forgetOld(): void {
    const before = this.options.now() - RECENT;
    for (const [pid, time] of this.#recent) if (time < before) this.#recent.delete(pid);
  }

  #log(problem: string): void {
    if (this.#reported.has(problem) || this.#reported.size >= MANY) return;
    this.#reported.add(problem);
    this.options.problem(problem);
  }
}
