/** A supervisor, for other programs: one method for each function of its control socket (docs/control.md). */
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

/** Selects an instance of a job. */
export interface Which {
  /** the instance by its name */
  readonly instance?: string;
  /** variables, from which the job file makes the name of the instance; a start gives them to the job */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandOptions extends Which {
  /** how long to wait for the job: until it is known to stay up (default), like initctl, or not at all */
  readonly wait?: WaitFor;
  /**
   * milliseconds after which the answer is the error `timed-out`; the command still continues (default: no
   * limit)
   */
  readonly timeout?: number;
}

export interface EventOptions {
  /** a pattern for names of jobs: `web-*` */
  readonly job?: string;
  /** types of entries, verdicts or process events; all without it */
  readonly types?: readonly string[];
  /** start with entries since then, as far as foster has kept them */
  readonly since?: Date;
  /** processes of the whole machine, if foster's event source sees them */
  readonly all?: boolean;
  /** ends the iteration */
  readonly signal?: AbortSignal;
  /** called when foster was replaced, with what may be missing */
  readonly onReconnect?: (text: string) => void;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** working directory */
  readonly directory?: string;
  /** user to run as; only root's foster can change it */
  readonly user?: string;
  readonly respawn?: boolean;
  readonly timeout?: number;
}

/**
 * Methods reject with RefusedError if foster refuses or a command fails (then `body.answer` has the job's
 * last lines), and with UnreachableError if there is no answer.
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

  /** Returns the processes of a job: a tree for each instance. */
  tree(name: string): Promise<readonly JobTree[]> {
    return this.#get(`${path(name)}/tree`, {});
  }

  /** Returns the paths of the job's log files, the oldest rotation first. */
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

  /** Restarts with the present job file; `keep` keeps the one that the job was started with. */
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

  /** @param count the wanted number of copies of a job with `instances`; undefined: the number in its file */
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

  /** Emits an event, and waits until all its effects are done. */
  async emit(
    event: string,
    env: Readonly<Record<string, string>> = {},
    { wait = true }: { readonly wait?: boolean } = {},
  ): Promise<void> {
    await this.#post('/v1/events', { event, env: assignments(env), wait }, Infinity);
  }

  /**
   * Streams events as they happen. A replacement of foster (an upgrade) does not end the iteration; foster's
   * end does. foster buffers entries for a slow loop; beyond the limit they are dropped, and an entry of type
   * `missed` counts them.
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

  /** Returns OpenMetrics text. */
  metrics(): Promise<string> {
    return this.client.text('/v1/metrics');
  }

  /** Returns whether everything that should run does. */
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
    // the job determines the duration; foster enforces `timeout`
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
