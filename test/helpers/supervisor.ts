/**
 * A real supervisor for tests: `foster init` in a scratch directory, with its control socket and its command line.
 * Whatever becomes of the test, the supervisor and everything that it started are gone afterwards.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient, UnreachableError } from '../../src/control/client/client.js';
import type { FeedEntry } from '../../src/supervisor/api/feed.js';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { outcomeOf, plainEnvironment, spawnChild, type Outcome } from './child.js';
import { adoptOrphans, endOrphans, killIfThere } from './processes.js';
import { until } from './until.js';

/** The program, by its name in this folder. */
const pathOf = (program: string): string => fileURLToPath(new URL(`./${program}.js`, import.meta.url));

/** A shutdown may take its stop budget (8 s); more is a fault. */
const END_MS = 15_000;

interface Teardown {
  teardown(handler: () => void | Promise<void>): void;
}

export interface SupervisorOptions {
  /** further words behind `foster init` */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** whether it starts without its startup event (default: yes) */
  readonly noStartupEvent?: boolean;
  readonly logdir?: string;
  readonly rundir?: string;
  /** another program of this folder instead of `foster` */
  readonly program?: 'faulty-foster';
  /** name of the control socket in the scratch directory; by default it is in the run directory */
  readonly socket?: string;
}

type Ending = Outcome['status'];

export class Supervisor {
  readonly directory = mkdtempSync(join(tmpdir(), 'foster-test-'));
  readonly confdir = join(this.directory, 'conf');
  readonly logdir: string;
  readonly rundir: string;
  readonly client: ControlClient;
  /** what it has written to its standard output and error so far */
  messages = '';
  readonly #living = new Set<ChildProcess>();
  #init: ChildProcess | undefined;
  #ended: Promise<Ending> = Promise.resolve(0);

  private constructor(private readonly options: SupervisorOptions) {
    this.logdir = options.logdir ?? join(this.directory, 'log');
    this.rundir = options.rundir ?? join(this.directory, 'run');
    this.client = new ControlClient(this.socket);
    mkdirSync(this.confdir);
    adoptOrphans();
  }

  /** @param jobs file name in the configuration directory -> text */
  static async start(
    t: Teardown,
    jobs: Readonly<Record<string, string>>,
    options: SupervisorOptions = {},
  ): Promise<Supervisor> {
    const supervisor = Supervisor.prepare(t, jobs, options);
    await supervisor.begin();
    return supervisor;
  }

  /** The same without starting it. */
  static prepare(
    t: Teardown,
    jobs: Readonly<Record<string, string>>,
    options: SupervisorOptions = {},
  ): Supervisor {
    const supervisor = new Supervisor(options);
    t.teardown(() => supervisor.#remove());
    for (const [file, text] of Object.entries(jobs)) supervisor.write(file, text);
    return supervisor;
  }

  get socket(): string {
    const { socket } = this.options;
    return socket === undefined ? join(this.rundir, 'foster.sock') : join(this.directory, socket);
  }

  /** @throws when it does not run */
  get pid(): number {
    const pid = this.#init?.pid;
    if (pid === undefined) throw new Error('the supervisor has not been started');
    return pid;
  }

  /** Starts `foster init`, again after it has ended; resolves when it answers. */
  async begin(): Promise<void> {
    this.launch();
    let over = false;
    void this.#ended.then(() => (over = true));
    await until(`an answer of the supervisor, which said: ${this.messages}`, async () => {
      if (over) throw new Error(`the supervisor has ended: ${this.messages}`);
      return this.#answers();
    });
  }

  get #startupEvent(): readonly string[] {
    return this.options.noStartupEvent === false ? [] : ['--no-startup-event'];
  }

  /** Starts `foster init` without waiting for an answer. @returns its end */
  launch(): Promise<Ending> {
    const { confdir, logdir, rundir } = this;
    const directories = ['--confdir', confdir, '--logdir', logdir, '--rundir', rundir];
    const init = this.#spawn(['init', ...directories, ...this.#startupEvent, ...(this.options.args ?? [])]);
    const hear = (chunk: Buffer) => (this.messages += chunk.toString());
    init.stdout?.on('data', hear);
    init.stderr?.on('data', hear);
    this.#init = init;
    this.#ended = outcomeOf(init).then(({ status }) => status);
    const guard = this.#guard(this.pid);
    void this.#ended.then(() => guard.kill('SIGKILL'));
    return this.#ended;
  }

  /** Resolves with the end of the supervisor. */
  get ended(): Promise<Ending> {
    return this.#ended;
  }

  /** Writes a job file, or an override. */
  write(file: string, text: string): string {
    const path = join(this.confdir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Runs the command line against this supervisor. */
  cli(...args: readonly string[]): Promise<Outcome> {
    return outcomeOf(this.#spawn(args));
  }

  /** The same with further variables in its environment. */
  cliIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> {
    return outcomeOf(this.#spawn(args, env));
  }

  /** The same for a command that goes on until the test ends it. */
  goingOn(...args: readonly string[]): ChildProcess {
    return this.#spawn(args);
  }

  /** As `foster status NAME --json` has it. */
  status(name: string): Promise<JobStatus> {
    return this.client.request<JobStatus>(`/v1/jobs/${encodeURIComponent(name)}`);
  }

  /** Resolves with the status once it is as wanted. */
  async untilStatus(name: string, wanted: (status: JobStatus) => boolean): Promise<JobStatus> {
    let last: JobStatus | undefined;
    return until(`a status of ${name} that is as wanted`, async () => {
      last = await this.status(name);
      return wanted(last) && last;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it was ${JSON.stringify(last)}`, { cause: error });
    });
  }

  /** Resolves once something that was written matches. */
  async untilMessage(pattern: RegExp): Promise<void> {
    await until(`the message ${String(pattern)}`, () => pattern.test(this.messages));
  }

  /** Follows `foster events` from now on. The list grows. */
  async follow(t: Teardown, query = ''): Promise<readonly FeedEntry[]> {
    const entries: FeedEntry[] = [];
    const stop = new AbortController();
    t.teardown(() => stop.abort());
    const following = this.client.follow(
      `/v1/events${query}`,
      (entry) => entries.push(entry as FeedEntry),
      stop.signal,
    );
    // it ends with the supervisor at the latest, which is no failure of the test
    following.catch(() => undefined);
    await until('the first entry of the feed', async () => {
      await this.client.request('/v1/events', { method: 'POST', body: { event: 'listening', wait: false } });
      return entries.length > 0 || query !== '';
    });
    return entries;
  }

  /** SIGKILL, which it cannot answer. Its jobs live on. */
  async kill(): Promise<void> {
    killIfThere(this.pid, 'SIGKILL');
    await this.#ended;
  }

  /** An orderly end, jobs first. */
  async shutDown(): Promise<Ending> {
    killIfThere(this.pid, 'SIGTERM');
    return this.#ended;
  }

  /** The moment when the program that answers began. */
  async began(): Promise<string> {
    return (await this.client.request<{ since: string }>('/v1/version')).since;
  }

  /**
   * Resolves when another program answers than that which began at `since`. Only that one has its handlers: a signal that
   * comes before is lost.
   */
  async untilNew(since: string): Promise<void> {
    await until('the new program', async () => (await this.began().catch(() => since)) !== since);
  }

  /** Has it replace itself by its program. */
  async reexec(): Promise<void> {
    const since = await this.began();
    process.kill(this.pid, 'SIGUSR2');
    await this.untilNew(since);
  }

  async #answers(): Promise<boolean> {
    try {
      await this.client.request('/v1/version');
      return true;
    } catch (error) {
      if (error instanceof UnreachableError) return false;
      throw error;
    }
  }

  #spawn(args: readonly string[], further: Readonly<Record<string, string>> = {}): ChildProcess {
    const env = { ...plainEnvironment(), FOSTER_SOCKET: this.socket, ...this.options.env, ...further };
    const child = spawnChild(process.execPath, [pathOf(this.options.program ?? 'foster'), ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#living.add(child);
    child.once('close', () => this.#living.delete(child));
    return child;
  }

  /** Ends the supervisor should this process be killed: its end of the pipe is closed then. */
  #guard(pid: number): ChildProcess {
    const script = 'cat >/dev/null; kill -TERM "$1"';
    const guard = spawnChild('/bin/sh', ['-c', script, 'guard', String(pid)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#living.add(guard);
    guard.once('close', () => this.#living.delete(guard));
    return guard;
  }

  async #remove(): Promise<void> {
    if (this.#init?.exitCode === null && this.#init.signalCode === null) {
      const { pid } = this;
      const impatience = setTimeout(() => killIfThere(pid, 'SIGKILL'), END_MS);
      await this.shutDown();
      clearTimeout(impatience);
    }
    await until('the end of what the test has started', () => this.#living.size === 0);
    await endOrphans();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
