/**
 * Watches the one job that a page shows: its processes, the explanation of its state, and its log.
 * Process events are requested for this job only, and only while the page shows it, so that forks cost
 * nothing otherwise.
 */
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import { whySentences } from '../../cli/format/why.js';
import { readClasses } from '../../cli/named-jobs.js';
import { jobPath } from '../../cli/select-jobs.js';
import { userNames } from '../../kernel/users/users.js';
import type { FeedEntry } from '../../supervisor/api/feed.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { ClassReport } from '../../supervisor/config/job-files.js';
import type { JobTree, ProcessNode } from '../../supervisor/api/process-tree.js';
import { visibleCell } from '../../text/visible.js';
import type { EntryView, JobId, ProcessView, StreamMessage } from '../wire.js';
import { entryView } from './entry-view.js';
import { faultText, isForbidden } from './faults.js';
import { LogFeed } from './log-lines.js';
import { pauseUntil } from './pause.js';

/** Milliseconds. */
interface WatchTimes {
  /** between an event and the request for the tree */
  readonly delay: number;
  /** the longest time between two requests: some trackers miss forks (docs/events.md) */
  readonly refresh: number;
  readonly retry: number;
}

const WATCH_TIMES: WatchTimes = { delay: 120, refresh: 3000, retry: 1000 };

const SHARE = 10;
/** The most entries shown per request for the tree, since a burst has thousands. */
const MOST_ENTRIES = 60;
const TYPES = ['fork', 'exec', 'sid', 'exit', 'coredump', 'adopted', 'overflow', 'verdict', 'state'];
const LONGEST_COMMAND = 500;

export class JobWatch {
  readonly #stop = new AbortController();
  readonly #log: LogFeed;
  readonly #userName = userNames();
  #entries: EntryView[] = [];
  #left = 0;
  #story = '';
  #wake: () => void = () => undefined;

  constructor(
    private readonly client: ControlClient,
    private readonly job: JobId,
    private readonly send: (message: StreamMessage) => void,
    private readonly times: WatchTimes = WATCH_TIMES,
  ) {
    const failed = (error: unknown): void => send({ kind: 'log-fault', message: faultText(error) });
    this.#log = new LogFeed({
      client,
      job,
      send: (lines, isFirst) => send({ kind: 'log', lines, isFirst }),
      failed,
    });
    void this.#run();
  }

  close(): void {
    this.#stop.abort();
    this.#log.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const inner = new AbortController();
      const end = (): void => inner.abort();
      signal.addEventListener('abort', end);
      try {
        await Promise.race([this.#feed(inner.signal), this.#looks(inner.signal)]);
      } catch (error) {
        // the hub reports an expected error on the page; this throws any other
        faultText(error);
        // another user's job: the list shows all that may be seen of it
        if (isForbidden(error)) return;
      } finally {
        inner.abort();
        signal.removeEventListener('abort', end);
      }
      await pauseUntil(this.times.retry, signal);
    }
  }

  async #feed(stop: AbortSignal): Promise<void> {
    // foster treats the name as a pattern
    const pattern = this.job.name.replace(/[^\w.@:+/-]/g, '?');
    const query = new URLSearchParams({ job: pattern });
    for (const type of TYPES) query.append('type', type);
    await this.client.followLines(`/v1/events?${query.toString()}`, (lines) => this.#take(lines), stop);
  }

  #take(lines: readonly string[]): void {
    for (const line of lines) {
      const entry = JSON.parse(line) as FeedEntry;
      if (entry.type !== 'missed' && (entry.job !== this.job.name || entry.instance !== this.job.instance))
        continue;
      if (entry.type !== 'state') this.#entries.push(entryView(entry));
      if (this.#entries.length > MOST_ENTRIES) {
        this.#entries.shift();
        this.#left += 1;
      }
    }
    this.#wake();
  }

  /** Requests the job, and again a moment after each change. */
  async #looks(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const began = performance.now();
      await this.#look();
      const took = performance.now() - began;
      await this.#somethingNew(stop);
      await pauseUntil(Math.max(this.times.delay, took * SHARE), stop);
    }
  }

  /** Resolves when something happens, or after a while. */
  #somethingNew(stop: AbortSignal): Promise<void> {
    if (this.#entries.length > 0) return Promise.resolve();
    const wait = new AbortController();
    const end = (): void => wait.abort();
    this.#wake = end;
    stop.addEventListener('abort', end);
    return pauseUntil(this.times.refresh, wait.signal).finally(() => stop.removeEventListener('abort', end));
  }

  async #look(): Promise<void> {
    const [entries, left] = [this.#entries, this.#left];
    [this.#entries, this.#left] = [[], 0];
    const { name, instance } = this.job;
    const [trees, job, classes] = await Promise.all([
      this.client.request<readonly JobTree[]>(`/v1/jobs/${encodeURIComponent(name)}/tree`),
      this.#status(),
      readClasses(this.client, name),
      this.#log.attempt().catch((error: unknown) => {
        if (isForbidden(error)) throw error;
        this.send({ kind: 'log-fault', message: faultText(error) });
      }),
    ]);
    if (this.#stop.signal.aborted) return;
    const own = trees.find(({ status }) => status.instance === instance);
    this.send({ kind: 'processes', roots: (own?.roots ?? []).map(processView) });
    if (entries.length > 0) this.send({ kind: 'process-entries', entries, left });
    this.#tell(job, classes[0]);
  }

  /** Returns the status, or a sentence when the job or instance no longer exists. */
  async #status(): Promise<JobStatus | string> {
    const { name, instance } = this.job;
    try {
      return await this.client.request<JobStatus>(jobPath(name, [], instance === '' ? undefined : instance));
    } catch (error) {
      if (error instanceof RefusedError && error.code.startsWith('unknown-')) return `${error.message}.`;
      throw error;
    }
  }

  #tell(job: JobStatus | string, report: ClassReport | undefined): void {
    const sentences =
      typeof job === 'string'
        ? [job]
        : whySentences({ job, class: report?.class, userName: this.#userName, now: Date.now() });
    const story = {
      sentences: sentences.map(visibleCell),
      file: report === undefined ? null : visibleCell(report.path),
    };
    const text = JSON.stringify(story);
    if (text !== this.#story) this.send({ kind: 'story', story });
    this.#story = text;
  }
}

function processView({ pid, command, role, session, children }: ProcessNode): ProcessView {
  const shown = command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command;
  return { pid, command: visibleCell(shown), role, session, children: children.map(processView) };
}
