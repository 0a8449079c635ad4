import type { ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { ListenerIndex } from './events/listeners.js';
import { StartCondition } from './events/start-condition.js';
import { classRecord, type ClassEntry, type EmittedEvent } from './model.js';

/**
 * Holds classes by name, in the order of their arrival, with an index of which class listens to which event.
 */
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

  /** Adds an existing entry. */
  enter(entry: ClassEntry): void {
    this.#entries.set(entry.name, entry);
    this.forgetListeners();
  }

  /**
   * Sorts classes into this order, in which events are offered to them. Unnamed ones follow in their present
   * order.
   */
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

  /** Drops the index. Must be called when a class, or the class of a job, has changed. */
  forgetListeners(): void {
    this.#listeners = undefined;
  }

  /** Returns the entries whose `start on`, or a job's `stop on`, may match the event. */
  listenersOf(event: Pick<EmittedEvent, 'name' | 'env'>): readonly ClassEntry[] {
    return this.listeners.of(event);
  }

  /** Returns the index; it is the same object as long as no listener was added or removed. */
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
