/**
 * The one job that a page shows: its processes as they change, why it is as it is, and its log. What processes do is asked for
 * of this job alone, and only while the page shows it: nobody pays for forks that nobody looks at.
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
import type { EntryView, ProcessView, StreamMessage } from '../wire.js';
import { entryView } from './entry-view.js';
import { faultText, isForbidden } from './faults.js';
import { LogFeed, type JobId } from './log-lines.js';
import { pauseUntil } from './pause.js';

/** Milliseconds. */
export interface WatchTimes {
  /** after something has happened, until the tree is asked for */
  readonly settle: number;
  /** the longest time without a look at the tree: not every tracker sees every fork (docs/events.md) */
  readonly refresh: number;
  readonly retry: number;
}

export const WATCH_TIMES: WatchTimes = { settle: 120, refresh: 3000, retry: 1000 };

const SHARE = 10;
/** Entries between two looks at the tree that are told one by one; a storm has thousands. */
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
    this.#run().catch((error: unknown) => {
      throw error;
    });
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
        // the hub says so on the page
        faultText(error);
        // another user's job: all that may be seen of it is in the list
        if (isForbidden(error)) return;
      } finally {
        inner.abort();
        signal.removeEventListener('abort', end);
      }
      await pauseUntil(this.times.retry, signal);
    }
  }

  async #feed(stop: AbortSignal): Promise<void> {
    // the name is a pattern to foster
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

  /** Looks at the job, and again a moment after something happened to it. */
  async #looks(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const began = performance.now();
      await this.#look();
      const took = performance.now() - began;
      await this.#somethingNew(stop);
      await pauseUntil(Math.max(this.times.settle, took * SHARE), stop);
    }
  }

  /** Resolves when something happens, or nothing has for a while. */
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

  /** @returns a sentence where there is no such job any more, or no such instance */
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
