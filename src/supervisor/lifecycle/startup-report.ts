/** Reports to the user which version runs and which directories it reads, and when all automatic starts are up. */
import type { Disposable } from '../../kernel/kernel.js';
import { isHiddenJob } from '../../jobfile/files/job-file-names.js';
import { installedVersion } from '../../installation.js';
import { setLongTimeout } from '../../long-timer.js';
import type { FeedEntry } from '../api/feed.js';
import type { JobStatus } from '../api/job-status.js';
import type { InitOptions } from '../init-options.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Log, LogLevel } from '../log/log.js';
import type { Part } from '../engine/part.js';
import type { ManagerNotices } from './manager-notices.js';
import type { SupervisorApi } from '../answers.js';

/** When to report the jobs that are still not up. */
const TIMEOUT_MS = 60_000;

/** How many jobs are listed by name. */
const MAX_NAMES = 5;

type Jobs = Pick<SupervisorApi, 'jobs' | 'brokenJobs' | 'subscribe'>;

interface StartupReportOptions {
  readonly options: InitOptions;
  readonly jobs: Jobs;
  readonly log: Log;
  readonly manager: Pick<ManagerNotices, 'describe'>;
  /** whether this program was started by a re-exec, about which nothing is reported */
  readonly isReplacement: boolean;
}

export class StartupReport implements Part {
  readonly #startedAt = performance.now();
  #socket: string | undefined;
  /** log level of the reports */
  #level: LogLevel = 'message';
  /** jobs that are starting */
  readonly #starting = new Set<string>();
  readonly #owned: Disposable[] = [];
  #eventHandled = false;

  constructor(private readonly parts: StartupReportOptions) {}

  /** Sets the path of the control socket. */
  listensAt(socket: string | undefined): void {
    this.#socket = socket;
  }

  /** Reports the start, and starts to follow the states of jobs. */
  introduce(): void {
    const { options, jobs, isReplacement } = this.parts;
    if (isReplacement) return;
    // with COMMAND alone, people want to see only its output
    const isAlone = options.mode === 'command' && jobs.jobs().every(({ file }) => file === undefined);
    this.#level = isAlone ? 'info' : 'message';
    this.#report(describeStart(options, jobs, this.#socket));
    this.#owned.push(
      jobs.subscribe({ types: ['state'] }, (entry) => this.#changed(entry)),
      setLongTimeout(() => this.#tooLong(), TIMEOUT_MS),
    );
  }

  /** Notes that the startup event has finished: the jobs that it started are up or have failed. */
  startupHandled(): void {
    this.#eventHandled = true;
    this.#reportWhenUp();
  }

  close(): void {
    for (const one of this.#owned.splice(0)) one.dispose();
  }

  #changed(entry: FeedEntry): void {
    if (entry.type !== 'state') return;
    const key = jobKey({ name: entry.job ?? '', instance: entry.instance ?? '' });
    if (entry.to === 'running' || entry.to === 'waiting') this.#starting.delete(key);
    else this.#starting.add(key);
    this.#reportWhenUp();
  }

  #reportWhenUp(): void {
    if (!this.#eventHandled || this.#starting.size > 0 || this.#owned.length === 0) return;
    this.close();
    const jobs = this.#visible();
    const up = jobs.filter(({ state }) => state === 'running').length;
    const failed = jobs.filter(({ state, failure }) => state === 'waiting' && failure !== undefined);
    if (up === 0 && failed.length === 0) return;
    const but = failed.length === 0 ? '' : `; failed: ${namesOf(failed)}`;
    this.#report(`${countOf(up, 'job')} up after ${this.#seconds()}${but}`);
  }

  #tooLong(): void {
    if (this.#owned.length === 0) return;
    this.close();
    const late = this.#visible().filter(({ state }) => state !== 'running' && state !== 'waiting');
    if (late.length > 0) this.#report(`not up after ${this.#seconds()}: ${namesOf(late)}`);
  }

  #report(text: string): void {
    const { log, manager } = this.parts;
    log(this.#level, text);
    manager.describe(text);
  }

  #visible(): readonly JobStatus[] {
    return this.parts.jobs.jobs().filter(({ name }) => !isHiddenJob(name));
  }

  #seconds(): string {
    return `${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`;
  }
}

/** Returns the version, the directories, the number of jobs, and the control socket, in one line. */
function describeStart(
  { confdirs, mode }: InitOptions,
  supervisor: Jobs,
  socket: string | undefined,
): string {
  const jobs = supervisor.jobs().filter(({ name, file }) => file !== undefined && !isHiddenJob(name)).length;
  const broken = supervisor.brokenJobs().length;
  const files = broken === 0 ? '' : ` and ${countOf(broken, 'broken file')}`;
  const where = `${countOf(jobs, 'job')}${files} in ${confdirs.join(', ')}`;
  return `foster ${installedVersion()} (${MODES[mode]}, process ${process.pid}): ${where}; ${socket === undefined ? 'no control socket' : `socket ${socket}`}`;
}

const MODES = {
  container: process.pid === 1 ? 'init' : 'supervisor',
  command: 'init of COMMAND',
  machine: 'init of the machine',
  user: 'supervisor of a user',
} as const satisfies Record<InitOptions['mode'], string>;

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function namesOf(jobs: readonly JobStatus[]): string {
  const named = jobs.slice(0, MAX_NAMES).map(jobLabel);
  const more = jobs.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
