/**
 * What happens, told to whoever listens (docs/events.md). While nobody does, the latest entries are kept as they came, for
 * `--since`, and nothing is formatted.
 */
import type { Disposable } from '../../kernel/kernel.js';
import type { Nanoseconds, OverflowEvent, ProcessEvent } from '../../tracker/events.js';
import type { FeedEntry, FeedFilter } from '../api/feed.js';
import { compileGlob, type Glob } from '../core/events/glob.js';
import type { JobRef } from '../core/contract.js';
import { jobOfKey } from '../../tracker/job-key.js';
import { History } from './history.js';

/** An entry before it has its time. */
export type FeedNews = FeedEntry extends infer Entry
  ? Entry extends FeedEntry
    ? Omit<Entry, 'at'>
    : never
  : never;

/** Milliseconds since 1970 */
type TimeOfDay = number;

/** What the tracker told of a process of a job; the key is `jobKey`'s. */
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

/** Who is told: readers of jobs, or of the machine. */
type Scope = 'jobs' | 'machine';

/** States, verdicts, events and lines of the log: a machine that boots has some hundred. */
const KEPT_ENTRIES = 4096;
/** Process events of jobs, in a ring of their own: a storm of forks is not to push the states out. About 2 MB when full. */
const KEPT_EVENTS = 8192;

const CLOCK_WAS_SET: TimeOfDay = 5;

export interface FeedClocks {
  /** milliseconds since 1970 */
  readonly timeOfDay: () => TimeOfDay;
  /** the clock of process events */
  readonly monotonic: () => Nanoseconds;
}

export class Feed {
  readonly #subscribers = new Set<Subscriber>();
  readonly #entries = new History<TimedNews>(KEPT_ENTRIES);
  readonly #events = new History<JobProcessEvent>(KEPT_EVENTS);
  #order = 0;
  /** between the two clocks, milliseconds */
  #offset = -Infinity;

  /**
   * @param audienceChanged called when somebody has begun or ceased to listen
   */
  constructor(
    private readonly clocks: FeedClocks,
    private readonly audienceChanged: () => void = () => undefined,
  ) {}

  get isHeard(): boolean {
    return this.#subscribers.size > 0;
  }

  /** Whether somebody listens to process events of this type. */
  isWanted(type: ProcessEvent['type']): boolean {
    for (const { filter } of this.#subscribers) if (wantsProcessEvent(filter, type)) return true;
    return false;
  }

  /** Whether somebody listens to the whole machine. */
  get isHeardByAll(): boolean {
    for (const { filter } of this.#subscribers) if (filter.machine === true) return true;
    return false;
  }

  /** What has been kept since `filter.since` is told before this returns, what happens from now on as it happens. */
  subscribe(filter: FeedFilter, listener: (entry: FeedEntry) => void): Disposable {
    const job = filter.job === undefined ? undefined : compileGlob(filter.job);
    const subscriber: Subscriber = { filter, job, listener };
    if (filter.since !== undefined) this.#recall(subscriber, filter.since);
    this.#subscribers.add(subscriber);
    this.audienceChanged();
    return {
      dispose: () => {
        if (this.#subscribers.delete(subscriber)) this.audienceChanged();
      },
    };
  }

  /**
   * Tells, and keeps, anything but an event of a job's process.
   * @param scope who is told; everybody by default
   */
  publish(news: FeedNews, scope?: Scope): void {
    const at = this.clocks.timeOfDay();
    this.#entries.keep({ at, news }, this.#order++);
    if (this.#subscribers.size > 0) this.#deliver(entryOf(news, at), scope);
  }

  /** Tells, and keeps, what the tracker saw of a process of this job. Readers of the whole machine hear of it from there. */
  processEvent(job: string, event: ProcessEvent): void {
    this.#events.keep({ job, event }, this.#order++);
    if (this.#subscribers.size === 0) return;
    const scope = isBesideSource(event) ? undefined : 'jobs';
    this.#deliver(entryOf(processNews(jobOfKey(job), event), this.#timeOfDay(event.time)), scope);
  }

  /** Tells that the source lost events, of jobs or of others. Readers of the whole machine hear of it from there. */
  overflow(event: OverflowEvent): void {
    this.publish({ type: 'process', event }, 'jobs');
  }

  /** Tells readers of the whole machine what the source saw. */
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

  #recall(subscriber: Subscriber, since: TimeOfDay): void {
    const [entries, events] = [this.#entries.recall(), this.#events.recall()];
    const told = [
      ...entries.items.map(({ order, item }) => ({ order, ...item })),
      ...events.items.map(({ order, item: { job, event } }) => ({
        order,
        at: this.#timeOfDay(event.time),
        news: processNews(jobOfKey(job), event),
      })),
    ];
    told.sort((one, other) => one.order - other.order);
    const forgotten = entries.forgotten + events.forgotten;
    // the older ring's beginning is where something may be missing
    const begin = Math.max(
      oldest(entries.items[0]?.item.at),
      oldest(this.#firstEventAt(events.items[0]?.item)),
    );
    if (forgotten > 0 && begin > since) {
      const from = new Date(begin).toISOString();
      subscriber.listener({ at: from, type: 'history', from, forgotten });
    }
    for (const { at, news } of told) {
      const entry = at < since ? undefined : entryOf(news, at);
      if (entry !== undefined && isWanted(entry, subscriber)) subscriber.listener(entry);
    }
  }

  #firstEventAt(kept: JobProcessEvent | undefined): TimeOfDay | undefined {
    return kept && this.#timeOfDay(kept.event.time);
  }

  #timeOfDay(time: Nanoseconds): TimeOfDay {
    const offset = this.clocks.timeOfDay() - this.clocks.monotonic() / 1e6;
    // read one after the other, the two clocks never agree to the millisecond: only a clock that was set counts
    if (Math.abs(offset - this.#offset) > CLOCK_WAS_SET) this.#offset = offset;
    return this.#offset + time / 1e6;
  }
}

function oldest(at: TimeOfDay | undefined): TimeOfDay {
  return at ?? -Infinity;
}

/** Namespaces are watched for processes of jobs, beside the source. */
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

/** Many events fall into one millisecond, and writing one down takes as long as all else that an entry needs. */
function timestampOf(at: TimeOfDay): string {
  const millisecond = Math.floor(at);
  if (millisecond !== latest.at) latest = { at: millisecond, text: new Date(millisecond).toISOString() };
  return latest.text;
}

function isWanted(entry: FeedEntry, { filter: { types }, job }: Subscriber): boolean {
  if (job !== undefined && (entry.job === undefined || !job(entry.job))) return false;
  if (types === undefined || types.length === 0) return true;
  if (types.includes(entry.type)) return true;
  // `--type fork` means process events of that type, `--type hand-off` verdicts of that kind
  if (entry.type === 'process') return types.includes(entry.event.type);
  return entry.type === 'verdict' && types.includes(entry.verdict);
}

function wantsProcessEvent({ types }: FeedFilter, type: ProcessEvent['type']): boolean {
  return types === undefined || types.length === 0 || types.includes('process') || types.includes(type);
}
