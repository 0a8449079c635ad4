/**
 * The feed of `foster events` (docs/events.md). The last entries are kept for `--since`. While there are no readers,
 * nothing is formatted.
 */
import type { Disposable } from '../../kernel/kernel.js';
import type { Nanoseconds, OverflowEvent, ProcessEvent } from '../../tracker/events.js';
import type { FeedEntry, FeedFilter } from '../api/feed.js';
import { compileGlob, type Glob } from '../core/events/glob.js';
import type { JobRef } from '../core/contract.js';
import { jobOfKey } from '../../tracker/job-key.js';
import { History } from './history.js';

/** An entry without its time. */
type FeedNews = FeedEntry extends infer Entry ? (Entry extends FeedEntry ? Omit<Entry, 'at'> : never) : never;

/** Milliseconds since 1970 */
type TimeOfDay = number;

/** An event of a job's process; `job` is its key. */
interface JobProcessEvent {
  readonly job: string;
  readonly event: ProcessEvent;
}

interface TimedNews {
  readonly at: TimeOfDay;
  readonly news: FeedNews;
}

interface Subscriber {
  readonly filter: FeedFilter;
  readonly job: Glob | undefined;
  readonly listener: (entry: FeedEntry) => void;
}

/** The readers that get an entry: those of jobs, or those of the whole machine. */
type Scope = 'jobs' | 'machine';

/** States, verdicts, events and log messages. A booting machine has some hundred of them. */
const MAX_ENTRIES = 4096;
/**
 * Process events of jobs, in a ring of their own, so that a storm of forks does not push out the states. About 2 MB
 * when full.
 */
const MAX_EVENTS = 8192;

const CLOCK_WAS_SET: TimeOfDay = 5;

interface FeedClocks {
  /** milliseconds since 1970 */
  readonly timeOfDay: () => TimeOfDay;
  /** the clock of process events */
  readonly monotonic: () => Nanoseconds;
}

export class Feed {
  readonly #subscribers = new Set<Subscriber>();
  readonly #entries = new History<TimedNews>(MAX_ENTRIES);
  readonly #events = new History<JobProcessEvent>(MAX_EVENTS);
  #order = 0;
  /** offset between the two clocks, milliseconds */
  #offset = -Infinity;

  /** @param audienceChanged called when a reader has come or gone */
  constructor(
    private readonly clocks: FeedClocks,
    private readonly audienceChanged: () => void = () => undefined,
  ) {}

  get hasReaders(): boolean {
    return this.#subscribers.size > 0;
  }

  /** Returns whether a reader wants process events of this type. */
  isWanted(type: ProcessEvent['type']): boolean {
    for (const { filter } of this.#subscribers) if (wantsProcessEvent(filter, type)) return true;
    return false;
  }

  /** Tests whether a reader wants the events of the whole machine. */
  get hasMachineReaders(): boolean {
    for (const { filter } of this.#subscribers) if (filter.machine === true) return true;
    return false;
  }

  /** Adds a reader. Entries kept since `filter.since` are delivered before this returns. */
  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable {
    const job = filter.job === undefined ? undefined : compileGlob(filter.job);
    const subscriber: Subscriber = { filter, job, listener };
    if (filter.since !== undefined) this.#replay(subscriber, filter.since);
    this.#subscribers.add(subscriber);
    this.audienceChanged();
    return {
      dispose: () => {
        if (this.#subscribers.delete(subscriber)) this.audienceChanged();
      },
    };
  }

  /**
   * Keeps and delivers an entry of any type except events of jobs' processes.
   * @param scope the readers; all by default
   */
  publish(news: FeedNews, scope?: Scope): void {
    const at = this.clocks.timeOfDay();
    this.#entries.keep({ at, news }, this.#order++);
    if (this.#subscribers.size > 0) this.#deliver(entryOf(news, at), scope);
  }

  /**
   * Keeps and delivers an event of this job's process. Readers of the whole machine get it through `machineEvent`.
   */
  processEvent(job: string, event: ProcessEvent): void {
    this.#events.keep({ job, event }, this.#order++);
    if (this.#subscribers.size === 0) return;
    const scope = isBesideSource(event) ? undefined : 'jobs';
    this.#deliver(entryOf(processNews(jobOfKey(job), event), this.#timeOfDay(event.time)), scope);
  }

  /** Reports that the source has lost events. Readers of the whole machine get this through `machineEvent`. */
  overflow(event: OverflowEvent): void {
    this.publish({ type: 'process', event }, 'jobs');
  }

  /** Delivers an event to the readers of the whole machine. */
  machineEvent(job: JobRef | undefined, event: ProcessEvent): void {
    this.#deliver(entryOf(processNews(job, event), this.#timeOfDay(event.time)), 'machine');
  }

  #deliver(entry: FeedEntry, scope: Scope | undefined): void {
    for (const subscriber of this.#subscribers) {
      const ofMachine = subscriber.filter.machine === true;
      if (scope !== undefined && (scope === 'machine') !== ofMachine) continue;
      if (isWanted(entry, subscriber)) subscriber.listener(entry);
    }
  }

  #replay(subscriber: Subscriber, since: TimeOfDay): void {
    const [entries, events] = [this.#entries.recall(), this.#events.recall()];
    const history = [
      ...entries.items.map(({ order, item }) => ({ order, ...item })),
      ...events.items.map(({ order, item: { job, event } }) => ({
        order,
        at: this.#timeOfDay(event.time),
        news: processNews(jobOfKey(job), event),
      })),
    ];
    history.sort((one, other) => one.order - other.order);
    const forgotten = entries.forgotten + events.forgotten;
    // the history is complete only from the later of the two first entries
    const begin = Math.max(
      oldest(entries.items[0]?.item.at),
      oldest(this.#firstEventAt(events.items[0]?.item)),
    );
    if (forgotten > 0 && begin > since) {
      const from = new Date(begin).toISOString();
      subscriber.listener({ at: from, type: 'history', from, forgotten });
    }
    for (const { at, news } of history) {
      const entry = at < since ? undefined : entryOf(news, at);
      if (entry !== undefined && isWanted(entry, subscriber)) subscriber.listener(entry);
    }
  }

  #firstEventAt(kept: JobProcessEvent | undefined): TimeOfDay | undefined {
    return kept && this.#timeOfDay(kept.event.time);
  }

  #timeOfDay(time: Nanoseconds): TimeOfDay {
    const offset = this.clocks.timeOfDay() - this.clocks.monotonic() / 1e6;
    // a small change only means that the two clocks were not read at the same instant; a large one, that the clock
    // was set
    if (Math.abs(offset - this.#offset) > CLOCK_WAS_SET) this.#offset = offset;
    return this.#offset + time / 1e6;
  }
}

function oldest(at: TimeOfDay | undefined): TimeOfDay {
  return at ?? -Infinity;
}

/** Changes of namespaces do not come from the source, so `machineEvent` does not get them. */
function isBesideSource({ type }: ProcessEvent): boolean {
  return type === 'namespace';
}

function processNews(job: JobRef | undefined, event: ProcessEvent): FeedNews {
  return { type: 'process', ...(job !== undefined && { job: job.name, instance: job.instance }), event };
}

function entryOf(news: FeedNews, at: TimeOfDay): FeedEntry {
  return { at: timestampOf(at), ...news };
}

let latest = { at: NaN, text: '' };

/**
 * Caches the text, since many events fall into one millisecond, and formatting takes as long as the rest of an entry.
 */
function timestampOf(at: TimeOfDay): string {
  const millisecond = Math.floor(at);
  if (millisecond !== latest.at) latest = { at: millisecond, text: new Date(millisecond).toISOString() };
  return latest.text;
}

function isWanted(entry: FeedEntry, { filter: { types }, job }: Subscriber): boolean {
  if (job !== undefined && (entry.job === undefined || !job(entry.job))) return false;
  if (types === undefined || types.length === 0) return true;
  if (types.includes(entry.type)) return true;
  // `--type fork` selects process events of that type, `--type hand-off` verdicts of that kind
  if (entry.type === 'process') return types.includes(entry.event.type);
  return entry.type === 'verdict' && types.includes(entry.verdict);
}

function wantsProcessEvent({ types }: FeedFilter, type: ProcessEvent['type']): boolean {
  return types === undefined || types.length === 0 || types.includes('process') || types.includes(type);
}
