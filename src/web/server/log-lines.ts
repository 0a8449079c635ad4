/**
 * Reads a job's log for the page: its last lines, new lines, and results of a search. This process reads the
 * files, not foster.
 */
import { Follower } from '../../cli/log/follow.js';
import { sourcesOf } from '../../cli/log/find-logs.js';
import { merged } from '../../cli/log/items.js';
import { JobLog, type LogSource, type SourceItem } from '../../cli/log/job-log.js';
import { describeRun } from '../../cli/log/print.js';
import type { ControlClient } from '../../control/client/client.js';
import { compilePattern, PatternError } from '../../jobfile/pattern.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import { visibleCell, visibleLine } from '../../text/visible.js';
import type { JobId, LogLine, LogSearch } from '../wire.js';
import { Refusal } from './guard.js';
import { titleOf } from './job-view.js';

/** The most bytes of a line to show: a progress bar may be one line of megabytes. */
const LONGEST_LINE = 4096;
const LAST_LINES = 300;
/** The most matches to show; the rest is only counted. */
const MOST_FOUND = 500;
/** Lines between two pauses, in which other requests are served. */
const SLICE = 5000;
/** Milliseconds after which a search of a huge log ends. */
const SEARCH_MS = 20_000;
/**
 * The most lines to send at once. If a job writes faster, the page loses the older ones; the log keeps them.
 */
const MOST_AT_ONCE = 500;
const TOGETHER_MS = 100;

function logLine(item: SourceItem): LogLine {
  const at = item.time ?? null;
  if (item.kind === 'run') return { at, text: describeRun(item.event), stream: 'run' };
  const text = item.line.toString('utf8', 0, LONGEST_LINE).replace(/\r$/, '');
  const more = item.line.length > LONGEST_LINE ? '…' : '';
  return {
    at,
    text: visibleLine(text) + more,
    stream: item.source.stream === 'stderr' ? 'err' : 'out',
  };
}

/**
 * Finds the log. @returns undefined when nothing has been written yet. @throws RefusedError, UnreachableError
 */
async function findSources(client: ControlClient, job: JobId): Promise<readonly LogSource[] | undefined> {
  const { logIndex: indexes } = await client.request<SupervisorReport>('/v1/report');
  const { sources, isThere } = await sourcesOf(client, { ...job, title: titleOf(job), indexes });
  return isThere ? sources : undefined;
}

interface LogFeedOptions {
  readonly client: ControlClient;
  readonly job: JobId;
  readonly send: (lines: readonly LogLine[], isFirst: boolean) => void;
  /** receives the error that ends it; not called after `close` */
  readonly failed: (error: unknown) => void;
}

/** Sends the last lines of a log, and then new ones. */
export class LogFeed {
  readonly #followers: Follower[] = [];
  #isFound = false;
  #isClosed = false;
  #lines: LogLine[] = [];
  #left = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: LogFeedOptions) {}

  /** Starts, if the job has written something. */
  async attempt(): Promise<void> {
    if (!this.#isWanted()) return;
    const sources = await findSources(this.options.client, this.options.job);
    if (sources === undefined || !this.#isWanted()) return;
    this.#isFound = true;
    const logs = sources.map((source) => new JobLog(source));
    const wanted = { since: undefined, until: undefined, lines: LAST_LINES };
    const items = merged(logs.map((log) => log.items(wanted, { unfinished: false })));
    this.options.send(Array.from(items, logLine).slice(-LAST_LINES), true);
    for (const log of logs) this.#follow(log);
  }

  #isWanted(): boolean {
    return !this.#isFound && !this.#isClosed;
  }

  #follow(log: JobLog): void {
    const newest = log.takeNewest();
    const path = log.source.files.at(-1);
    if (path === undefined) return;
    const take = (item: SourceItem): void => this.#add(logLine(item));
    const follower = new Follower({ source: log.source, path, ...newest, take });
    this.#followers.push(follower);
    follower.start((error) => {
      if (!this.#isClosed) this.options.failed(error);
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const follower of this.#followers.splice(0)) follower.close();
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * MOST_AT_ONCE) {
      this.#left += this.#lines.length - MOST_AT_ONCE;
      this.#lines = this.#lines.slice(-MOST_AT_ONCE);
    }
    this.#timer ??= setTimeout(() => this.#flush(), TOGETHER_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    const lines = this.#lines.slice(-MOST_AT_ONCE);
    const left = this.#left + this.#lines.length - lines.length;
    this.#lines = [];
    this.#left = 0;
    const note: LogLine = { at: null, text: `${left} lines are left out here`, stream: 'run' };
    this.options.send(left === 0 ? lines : [note, ...lines], false);
  }
}

interface SearchOptions {
  readonly text: string;
  readonly isPattern: boolean;
  /** fires when the answer is no longer needed */
  readonly abandoned: AbortSignal;
}

/** Searches the whole log, including rotated files. @throws Refusal for an invalid pattern */
export async function searchLog(
  client: ControlClient,
  job: JobId,
  { text, isPattern, abandoned }: SearchOptions,
): Promise<LogSearch> {
  const matches = matcherOf(text, isPattern);
  const sources = (await findSources(client, job)) ?? [];
  const logs: JobLog[] = [];
  const lines: LogLine[] = [];
  const until = performance.now() + SEARCH_MS;
  let [found, seen] = [0, 0];
  try {
    for (const source of sources) logs.push(new JobLog(source));
    const all = { since: undefined, until: undefined, lines: undefined };
    for (const item of merged(logs.map((log) => log.items(all, { unfinished: true })))) {
      if (item.kind === 'run') continue;
      seen += 1;
      // the bytes are valid until the next item only, so they are used before the pause
      if (matches(item.line)) {
        found += 1;
        lines.push(logLine(item));
        if (lines.length > 2 * MOST_FOUND) lines.splice(0, MOST_FOUND);
      }
      if (seen % SLICE !== 0) continue;
      await new Promise((resolve) => setImmediate(resolve));
      if (abandoned.aborted || performance.now() > until)
        return { lines: lines.slice(-MOST_FOUND), found, isCut: true };
    }
    return { lines: lines.slice(-MOST_FOUND), found, isCut: false };
  } finally {
    for (const log of logs) log.close();
  }
}

/** Returns a test for lines. A plain text matches regardless of case. */
function matcherOf(text: string, isPattern: boolean): (line: Buffer) => boolean {
  if (!isPattern) {
    const wanted = text.toLowerCase();
    return (line) => line.toString('utf8').toLowerCase().includes(wanted);
  }
  try {
    const pattern = compilePattern(text);
    return (line) => pattern.test(line.toString('utf8'));
  } catch (error) {
    if (error instanceof PatternError)
      throw new Refusal(400, `Not a regular expression: ${visibleCell(error.message)}`);
    throw error;
  }
}
