import { compileGlob } from './core/events/glob.js';
import type { Disposable } from '../kernel/kernel.js';
import type { FeedEntry, FeedFilter } from './api.js';

/** An entry before it has its time. */
export type FeedNews = FeedEntry extends infer Entry
  ? Entry extends FeedEntry
    ? Omit<Entry, 'at'>
    : never
  : never;

interface Subscriber {
  readonly filter: FeedFilter;
  readonly listener: (entry: FeedEntry) => void;
}

/** What happens, told to whoever listens. Nothing is made up, formatted or kept while nobody does. */
export class Feed {
  readonly #subscribers = new Set<Subscriber>();

  /** @param clock the time of day, for the entries */
  constructor(private readonly clock: () => Date = () => new Date()) {}

  get isHeard(): boolean {
    return this.#subscribers.size > 0;
  }

  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable {
    const subscriber = { filter, listener };
    this.#subscribers.add(subscriber);
    return { dispose: () => void this.#subscribers.delete(subscriber) };
  }

  tell(news: FeedNews): void {
    if (this.#subscribers.size === 0) return;
    const entry = { at: this.clock().toISOString(), ...news } as FeedEntry;
    for (const { filter, listener } of this.#subscribers) if (isWanted(entry, filter)) listener(entry);
  }
}

function isWanted(entry: FeedEntry, { job, types }: FeedFilter): boolean {
  if (job !== undefined && (entry.job === undefined || !compileGlob(job)(entry.job))) return false;
  if (types === undefined || types.length === 0) return true;
  // `--type fork` means process events of that type
  return types.includes(entry.type) || (entry.type === 'process' && types.includes(entry.event.type));
}
