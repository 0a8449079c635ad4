/**
 * The registry of job classes (Upstart section 1.1). A class that changes on disk while jobs of it live stays in use
 * until the last of them has reached `waiting`; one that is deleted lives on as long.
 */
import type { ExpectedEvents } from '../../jobfile/event-expression.js';
import type { JobClass } from '../../jobfile/job-class.js';
import type { Milliseconds } from './contract.js';
import type { CoreState } from './core-state.js';
import type { EmittedEvent } from './events/event.js';
import { ListenerIndex } from './events/listeners.js';
import { reset } from './events/operator.js';
import { releaseEvents } from './events/queue.js';
import { StartCondition } from './events/start-condition.js';
import type { Failure, Job } from './job/job.js';

export interface ClassEntry {
  readonly name: string;
  /** as the file says now; undefined when it was removed or is broken */
  disk: JobClass | undefined;
  /** in use: what new jobs are made of, and whose `start on` counts */
  active: JobClass;
  startOn: StartCondition | undefined;
  /** by instance */
  readonly jobs: Map<string, Job>;
  /** how the last job of this class ended, for status once it is gone */
  lastEnd:
    | {
        readonly instance: string;
        readonly at: Milliseconds;
        readonly failure: Failure | undefined;
        readonly exit: Job['lastExit'];
      }
    | undefined;
}

/** Classes by name, in the order in which they came, and an index of who listens to which event. */
export class ClassRegistry {
  readonly #entries = new Map<string, ClassEntry>();
  #listeners: ListenerIndex<ClassEntry> | undefined;

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): ClassEntry | undefined {
    return this.#entries.get(name);
  }

  all(): Iterable<ClassEntry> {
    return this.#entries.values();
  }

  add(name: string, jobClass: JobClass): ClassEntry {
    const entry: ClassEntry = {
      name,
      disk: jobClass,
      active: jobClass,
      startOn: StartCondition.of(jobClass),
      jobs: new Map(),
      lastEnd: undefined,
    };
    this.enter(entry);
    return entry;
  }

  /** Adds an entry that is made already. */
  enter(entry: ClassEntry): void {
    this.#entries.set(entry.name, entry);
    this.forgetListeners();
  }

  /** Puts classes in this order, in which events are offered to them. Others come after them, in their own order. */
  sort(names: readonly string[]): void {
    const sorted = names.flatMap((name) => this.#entries.get(name) ?? []);
    const all = new Set([...sorted, ...this.#entries.values()]);
    this.#entries.clear();
    for (const entry of all) this.#entries.set(entry.name, entry);
    this.forgetListeners();
  }

  remove(entry: ClassEntry): void {
    this.#entries.delete(entry.name);
    this.forgetListeners();
  }

  /** To be called when a class, or the class of a job, has changed. */
  forgetListeners(): void {
    this.#listeners = undefined;
  }

  /** Entries whose `start on`, or the `stop on` of one of whose jobs, may match the event. */
  listenersOf(event: Pick<EmittedEvent, 'name' | 'env'>): readonly ClassEntry[] {
    return this.listeners.of(event);
  }

  /** The same object as long as nobody has begun or ceased to listen to anything. */
  get listeners(): ListenerIndex<ClassEntry> {
    this.#listeners ??= new ListenerIndex(this.#subscriptions());
    return this.#listeners;
  }

  *#subscriptions(): Iterable<readonly [ClassEntry, ExpectedEvents]> {
    for (const entry of this.#entries.values()) {
      const classes = new Set([entry.active, ...[...entry.jobs.values()].map((job) => job.class)]);
      for (const { startOn, stopOn } of classes) {
        if (startOn !== undefined) yield [entry, startOn];
        if (stopOn !== undefined) yield [entry, stopOn];
      }
    }
  }
}

/** A job file was read, changed, or (undefined) removed or broken. */
export function changeClass(core: CoreState, name: string, jobClass: JobClass | undefined): void {
  const entry = core.classes.get(name);
  if (entry !== undefined) {
    entry.disk = jobClass;
    if (entry.jobs.size === 0) adoptDiskClass(core, entry);
  } else if (jobClass !== undefined) {
    core.classes.add(name, jobClass);
  }
}

/**
 * Puts what is on disk into use. Events that the old `start on` holds are offered to the new one, so that an `and` that
 * is half satisfied stays so. Loading a file never starts a job: events that would satisfy the new expression at once
 * are let go.
 */
export function adoptDiskClass(core: CoreState, entry: ClassEntry): void {
  if (entry.disk === entry.active) return;
  const old = entry.startOn;
  if (entry.disk === undefined) {
    core.classes.remove(entry);
  } else {
    entry.active = entry.disk;
    entry.startOn = StartCondition.of(entry.disk);
    core.classes.forgetListeners();
    if (old !== undefined && entry.startOn !== undefined) offerAgain(core, entry.startOn, old.latched());
  }
  if (old !== undefined) releaseEvents(core, old.reset());
}

/** Offers events that are held already; they must not make the expression true. */
export function offerAgain(core: CoreState, startOn: StartCondition, events: readonly EmittedEvent[]): void {
  for (const event of events) for (const match of startOn.offer(event)) releaseEvents(core, reset(match));
}

/** A job has reached `waiting`: nothing is left of it but what status remembers. */
export function removeJob(core: CoreState, job: Job): void {
  const { entry } = job;
  if (job.stopOn !== undefined) releaseEvents(core, reset(job.stopOn));
  core.timers.clearAll(job);
  core.jobs.delete(job.key);
  entry.jobs.delete(job.ref.instance);
  entry.lastEnd = { instance: job.ref.instance, at: core.now, failure: job.failure, exit: job.lastExit };
  if (job.class !== entry.active) core.classes.forgetListeners();
  core.effects.push({ kind: 'job-gone', job: job.ref });
  if (entry.jobs.size === 0) adoptDiskClass(core, entry);
}
