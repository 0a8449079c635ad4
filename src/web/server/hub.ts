/**
 * Serves what all pages share: jobs, their usage, and the feed.
 * foster is asked once, whatever the number of pages. With no page open, nothing is asked, no connection is
 * held and no timer runs.
 */
import { LatestEntries } from '../../control/client/follow-events.js';
import type { ControlClient } from '../../control/client/client.js';
import { isJobLevel, joinStates, JOB_LEVEL_TYPES } from '../../cli/format/job-level.js';
import type { FeedEntry } from '../../supervisor/api/feed.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { JobUsage } from '../../supervisor/api/usage.js';
import type { EntryView, JobView, StreamMessage } from '../wire.js';
import { entryView } from './entry-view.js';
import { faultText, isForbidden } from './faults.js';
import { jobView, RunMemory, titleOf } from './job-view.js';
import { pauseUntil } from './pause.js';
import { UsageHistory } from './usage-history.js';

/** Milliseconds. A supervisor that answers slowly is asked less often (`SHARE`). */
export interface HubTimes {
  /** between two samples of usage */
  readonly sample: number;
  /** between a change and the request for the jobs */
  readonly delay: number;
  /** between two attempts to reach foster */
  readonly retry: number;
  /** after the last page is closed, so that a reload of the page finds everything still there */
  readonly linger: number;
}

const HUB_TIMES: HubTimes = { sample: 2000, delay: 80, retry: 1000, linger: 5000 };

/** An answer that took one second is requested again after at least this many seconds. */
const SHARE = 10;
/** All jobs are requested with every fifth sample, since changes of files cause no entry. */
const SAMPLES_PER_REFRESH = 5;
/** Entries that a new page gets. */
const MOST_ENTRIES = 300;
const HISTORY_MS = 60 * 60_000;
/** If more jobs change at once, all are requested. */
const MOST_NAMES = 20;

type Listener = (message: StreamMessage) => void;

export class Hub {
  readonly #listeners = new Set<Listener>();
  readonly #usage = new UsageHistory();
  readonly #runs = new RunMemory();
  #views = new Map<string, { readonly view: JobView; readonly text: string }>();
  /** whether all jobs have been sent since the first page was opened */
  #isSent = false;
  #entries: readonly EntryView[] = [];
  #latest = new LatestEntries();
  #state: Extract<StreamMessage, { kind: 'foster' }> | undefined;
  #changed = new Set<string>();
  #running: AbortController | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  constructor(
    private readonly client: ControlClient,
    private readonly times: HubTimes = HUB_TIMES,
  ) {}

  /** Tests whether foster is being polled at the moment. */
  get isActive(): boolean {
    return this.#running !== undefined;
  }

  /** Sends `listener` the current state, then changes. */
  subscribe(listener: Listener): { dispose(): void } {
    clearTimeout(this.#lingering);
    this.#listeners.add(listener);
    if (this.#running === undefined) this.#start();
    else this.#greet(listener);
    return {
      dispose: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size > 0) return;
        this.#lingering = setTimeout(() => this.close(), this.times.linger);
        // the timer must not keep the program running
        this.#lingering.unref();
      },
    };
  }

  close(): void {
    clearTimeout(this.#lingering);
    this.#running?.abort();
    this.#running = undefined;
  }

  /** Refreshes a job after a command, so that the user sees the result soon. */
  touch(name: string): void {
    this.#changed.add(name);
    this.#wake?.();
  }

  #start(): void {
    const running = new AbortController();
    this.#running = running;
    this.#state = undefined;
    this.#views = new Map();
    this.#isSent = false;
    this.#entries = [];
    this.#latest = new LatestEntries();
    void this.#run(running.signal);
  }

  #greet(listener: Listener): void {
    if (this.#state !== undefined) listener(this.#state);
    listener({ kind: 'jobs', isAll: true, jobs: [...this.#views.values()].map(({ view }) => view) });
    listener({ kind: 'usage-history', usage: this.#usage.all() });
    listener({ kind: 'entries', entries: this.#entries });
  }

  #send(message: StreamMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  async #run(stop: AbortSignal): Promise<void> {
    let since = new Date(Date.now() - HISTORY_MS).toISOString();
    for (;;) {
      const message = await this.#connection(since, stop);
      if (stop.aborted) return;
      this.#setState({ kind: 'foster', isUp: false, isOwner: this.#state?.isOwner ?? true, message });
      since = this.#latest.at ?? since;
      await pauseUntil(this.times.retry, stop);
    }
  }

  /** Runs one connection. @returns why it ended */
  async #connection(since: string, outer: AbortSignal): Promise<string> {
    const inner = new AbortController();
    const end = (): void => inner.abort();
    outer.addEventListener('abort', end);
    try {
      await this.#refresh([]);
      await this.#sample();
      const looks = Promise.all([this.#looks(inner.signal), this.#refreshes(inner.signal)]);
      await Promise.race([this.#feed(since, inner.signal), looks]);
      return 'foster has closed the connection';
    } catch (error) {
      return faultText(error);
    } finally {
      outer.removeEventListener('abort', end);
      inner.abort();
    }
  }

  /** Resolves when foster ends, or `stop` fires. */
  async #feed(since: string, stop: AbortSignal): Promise<void> {
    const query = new URLSearchParams(JOB_LEVEL_TYPES.map((type): [string, string] => ['type', type]));
    query.set('since', since);
    this.#setState({ kind: 'foster', isUp: true, isOwner: true, message: '' });
    try {
      await this.client.followLines(`/v1/events?${query.toString()}`, (lines) => this.#take(lines), stop);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      // users other than the owner see jobs only, by polling
      this.#setState({ kind: 'foster', isUp: true, isOwner: false, message: '' });
      await new Promise((resolve) => stop.addEventListener('abort', resolve));
    }
  }

  #setState(state: Extract<StreamMessage, { kind: 'foster' }>): void {
    const before = this.#state;
    this.#state = state;
    if (JSON.stringify(before) !== JSON.stringify(state)) this.#send(state);
  }

  #take(lines: readonly string[]): void {
    const unseen = this.#latest.unseen(lines);
    this.#latest.note(lines);
    const entries = unseen.map((line) => JSON.parse(line) as FeedEntry);
    for (const { job, type } of entries)
      if (job !== undefined && (type === 'state' || type === 'verdict')) this.#changed.add(job);
    const views = joinStates(entries.filter(isJobLevel)).slice(-MOST_ENTRIES).map(entryView);
    if (views.length > 0) {
      this.#entries = [...this.#entries, ...views].slice(-MOST_ENTRIES);
      this.#send({ kind: 'entries', entries: views });
    }
    if (this.#changed.size > 0) this.#wake?.();
  }

  /** Requests the changed jobs, a moment after the first change. */
  async #refreshes(stop: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#changed.size === 0) await this.#change(stop);
      await pauseUntil(this.times.delay, stop);
      if (stop.aborted) return;
      const took = await timed(() => this.#refresh(this.#takeChanged()));
      await pauseUntil(took * SHARE, stop);
    }
  }

  #change(stop: AbortSignal): Promise<void> {
    if (stop.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        stop.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      stop.addEventListener('abort', wake);
    });
  }

  #takeChanged(): readonly string[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    return changed;
  }

  async #looks(stop: AbortSignal): Promise<void> {
    for (let count = 1; ; count += 1) {
      const took = await timed(async () => {
        await this.#sample();
        const isDue = count % SAMPLES_PER_REFRESH === 0 || this.#state?.isOwner === false;
        if (isDue) await this.#refresh([]);
      });
      await pauseUntil(Math.max(this.times.sample, took * SHARE), stop);
      if (stop.aborted) return;
    }
  }

  async #sample(): Promise<void> {
    const jobs = await this.client.request<readonly JobUsage[]>('/v1/usage');
    const now = Date.now();
    const usage = this.#usage.add(jobs, performance.now(), now);
    this.#send({ kind: 'usage', at: now, usage });
  }

  /**
   * Requests jobs.
   * @param names of jobs; empty for all
   */
  async #refresh(names: readonly string[]): Promise<void> {
    // foster treats a name as a pattern
    const isPart =
      names.length > 0 && names.length <= MOST_NAMES && names.every((name) => /^[\w.@:+/-]+$/.test(name));
    const query = new URLSearchParams({ history: 'true' });
    for (const name of isPart ? names : []) query.append('match', name);
    const jobs = await this.client.request<readonly JobStatus[]>(`/v1/jobs?${query.toString()}`);
    const now = Date.now();
    const found = new Map(
      jobs.map((job) => {
        const view = jobView(job, this.#runs.runsOf(job), now);
        return [titleOf(job), { view, text: JSON.stringify(view) }] as const;
      }),
    );
    const isGone = ({ view }: { readonly view: JobView }): boolean =>
      (!isPart || names.includes(view.name)) && !found.has(view.title);
    const before = this.#views;
    const kept = [...before].filter(([, known]) => !isGone(known));
    const isAll = !this.#isSent || kept.length < before.size;
    this.#isSent = true;
    const changed = [...found].filter(([title, { text }]) => before.get(title)?.text !== text);
    this.#views = new Map([...kept, ...found]);
    this.#runs.keepOnly(new Set(this.#views.keys()));
    const shown = isAll ? [...this.#views] : changed;
    if (isAll || changed.length > 0)
      this.#send({ kind: 'jobs', isAll, jobs: shown.map(([, { view }]) => view) });
  }
}

/** Measures work. @returns milliseconds */
async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
