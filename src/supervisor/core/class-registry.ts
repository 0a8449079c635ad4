import type { ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { ListenerIndex } from './events/listeners.js';
import { StartCondition } from './events/start-condition.js';
import { classRecord, type ClassEntry, type EmittedEvent } from './model.js';

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
    const startOn = StartCondition.of(jobClass);
    const entry: ClassEntry = classRecord.create({ name, disk: jobClass, active: jobClass, startOn });
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
