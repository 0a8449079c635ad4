/** A supervisor, as other programs talk to it: a method for each thing that its control socket does (docs/control.md). */
import type { ControlClient } from '../control/client/client.js';
import { followEvents } from '../control/client/follow-events.js';
import type { HealthAnswer, VersionAnswer } from '../control/protocol.js';
import type { FeedEntry } from '../supervisor/api/feed.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import type { JobTree } from '../supervisor/api/process-tree.js';
import type { CommandAnswer, SignalAnswer } from '../supervisor/api/requests.js';
import type { JobUsage } from '../supervisor/api/usage.js';
import type { CommandVerb, WaitFor } from '../supervisor/core/contract.js';
import { EntryQueue } from './entry-queue.js';

/** Which instance of a job is meant, where it has several. */
export interface Which {
  /** the instance by its name */
  readonly instance?: string;
  /** variables, from which the job file makes the name of the instance; a start gives them to the job */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandOptions extends Which {
  /** how long to wait for the job: until it is known that it stays up (default), as initctl does, or not at all */
  readonly wait?: WaitFor;
  /** milliseconds after which the answer is the error `timed-out`; what was begun goes on (default: no limit) */
  readonly timeout?: number;
}

export interface EventOptions {
  /** a pattern for names of jobs: `web-*` */
  readonly job?: string;
  /** types of entries, verdicts or process events; all without it */
  readonly types?: readonly string[];
  /** begin with what happened since then, as far as foster still knows it */
  readonly since?: Date;
  /** processes of the whole machine, where foster's source of events sees them */
  readonly all?: boolean;
  /** ends the iteration */
  readonly signal?: AbortSignal;
  /** is told when foster was replaced, and what may be missing for that */
  readonly onReconnect?: (text: string) => void;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** working directory */
  readonly directory?: string;
  /** as which user; only root's foster can */
  readonly user?: string;
  readonly respawn?: boolean;
  readonly timeout?: number;
}

/**
 * Methods reject with RefusedError where foster refuses or a command fails (`body.answer` has the job's last lines then), and with
 * UnreachableError where nobody answers.
 */
export class Foster {
  constructor(private readonly client: ControlClient) {}

  /** @param patterns `web-*`; all jobs without any */
  jobs(...patterns: readonly string[]): Promise<readonly JobStatus[]> {
    return this.#get('/v1/jobs', { match: patterns });
  }

  job(name: string, { instance, env }: Which = {}): Promise<JobStatus> {
    return this.#get(path(name), { instance, env: assignments(env) });
  }

  /** The processes of a job: a tree for each instance. */
  tree(name: string): Promise<readonly JobTree[]> {
    return this.#get(`${path(name)}/tree`, {});
  }

  /** Paths of the job's log files, the oldest rotation first. */
  logFiles(
    name: string,
    options: { readonly instance?: string; readonly stream?: 'stderr' } = {},
  ): Promise<readonly string[]> {
    return this.#get(`${path(name)}/log-files`, options);
  }

  start(name: string, options?: CommandOptions): Promise<CommandAnswer> {
    return this.#command('start', name, options);
  }

  stop(name: string, options?: CommandOptions): Promise<CommandAnswer> {
    return this.#command('stop', name, options);
  }

  /** With the job file as it is now; `keep` goes on with the one that it was started with. */
  restart(
    name: string,
    { keep, ...options }: CommandOptions & { readonly keep?: boolean } = {},
  ): Promise<CommandAnswer> {
    return this.#command('restart', name, options, { fresh: keep !== true });
  }

  reload(name: string, options?: CommandOptions): Promise<CommandAnswer> {
    return this.#command('reload', name, options);
  }

  /** Forgets failures and how often the job was respawned. */
  resetFailed(name: string, which?: Which): Promise<CommandAnswer> {
    return this.#command('reset-failed', name, which);
  }

  /** @param count how many copies of a job with `instances` there are to be; without it as many as its file says */
  scale(name: string, count?: number, options?: CommandOptions): Promise<CommandAnswer> {
    return this.#command('scale', name, options, count === undefined ? {} : { count });
  }

  /** @param signal `HUP`, `SIGHUP` or a number; goes to the main process, or to its process group */
  signal(
    name: string,
    signal: string | number,
    { instance, env, group }: Which & { readonly group?: boolean } = {},
  ): Promise<SignalAnswer> {
    const whole = group === true ? 'group' : 'process';
    return this.#post(`${path(name)}/signal`, {
      signal: `${signal}`,
      whole,
      instance,
      env: assignments(env),
    });
  }

  /** Runs a command as a job without a file, of this name. */
  run(name: string, argv: readonly string[], { env, ...options }: RunOptions = {}): Promise<CommandAnswer> {
    return this.#post('/v1/run', { name, argv, env: assignments(env), ...options }, Infinity);
  }

  /** Emits an event, and waits until everything that it caused is done. */
  async emit(
    event: string,
    env: Readonly<Record<string, string>> = {},
    { wait = true }: { readonly wait?: boolean } = {},
  ): Promise<void> {
    await this.#post('/v1/events', { event, env: assignments(env), wait }, Infinity);
  }

  /**
   * What happens, as it happens. A foster that is replaced (an upgrade) ends nothing; one that ends, ends the iteration. While the
   * loop is slow, foster keeps entries for it; what is too much is left out, and counted in an entry of the type `missed`.
   */
  async *events(options: EventOptions = {}): AsyncGenerator<FeedEntry, void, void> {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    options.signal?.addEventListener('abort', end, { once: true });
    if (options.signal?.aborted === true) return;
    const queue = new EntryQueue();
    const followed = followEvents({
      client: this.client,
      query: eventQuery(options),
      take: (lines) => queue.put(lines),
      stop: stop.signal,
      note: (text) => options.onReconnect?.(text),
    });
    followed.then(
      () => queue.end(),
      (error: unknown) => queue.fail(error),
    );
    try {
      yield* queue;
    } finally {
      options.signal?.removeEventListener('abort', end);
      stop.abort();
    }
  }

  usage(...patterns: readonly string[]): Promise<readonly JobUsage[]> {
    return this.#get('/v1/usage', { match: patterns });
  }

  /** OpenMetrics text. */
  metrics(): Promise<string> {
    return this.client.text('/v1/metrics');
  }

  /** Whether all that should run does. */
  health(): Promise<HealthAnswer> {
    return this.#get('/v1/health', {});
  }

  version(): Promise<VersionAnswer> {
    return this.#get('/v1/version', {});
  }

  /** Stops all jobs in order, and ends foster. */
  async shutdown(): Promise<void> {
    await this.#post('/v1/shutdown', undefined);
  }

  #get<Answer>(target: string, query: Query): Promise<Answer> {
    const text = queryText(query);
    return this.client.request<Answer>(text === '' ? target : `${target}?${text}`);
  }

  #post<Answer>(target: string, body: unknown, timeout?: number): Promise<Answer> {
    return this.client.request<Answer>(target, {
      method: 'POST',
      ...(body !== undefined && { body }),
      ...(timeout !== undefined && { timeout }),
    });
  }

  #command(
    verb: CommandVerb,
    name: string,
    { env, ...options }: CommandOptions = {},
    further: Readonly<Record<string, unknown>> = {},
  ): Promise<CommandAnswer> {
    const body = { ...options, ...further, env: assignments(env) };
    // how long a job takes is the job's matter: `timeout` is kept by foster
    return this.#post(`${path(name)}/${verb}`, body, Infinity);
  }
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) parameters.append(name, one);
  return parameters.toString();
}

function eventQuery({ job, types, since, all }: EventOptions): URLSearchParams {
  return new URLSearchParams(
    queryText({ job, type: types, since: since?.toISOString(), all: all === true ? 'true' : undefined }),
  );
}

function path(name: string): string {
  return `/v1/jobs/${encodeURIComponent(name)}`;
}

function assignments(env: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value}`);
}
