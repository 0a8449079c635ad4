/**
 * The ordered shutdown within a budget (DESIGN section 8). Each step ends as soon as what it waits for is gone:
 *
 *      event `shutdown` ──▶ jobs, dependents first ──▶ detached sessions ──▶ the rest of our own pid namespace
 */
import { constants } from 'node:os';
import type { Disposable, Kernel, Pidfd } from '../../kernel/kernel.js';
import type { Milliseconds } from '../core/contract.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { PendingCommands } from '../commands/pending-commands.js';
import type { Core, JobView } from '../core/core.js';
import type { Feed } from '../feed/feed.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import { endProcesses } from '../lifecycle/end-processes.js';
import type { NamespaceInit } from '../lifecycle/namespace-init.js';
import type { StopBudget } from './stop-budget.js';
import { nextToStop } from './stop-order.js';
import { setLongTimeout, type LongTimer } from '../../long-timer.js';

/** The part of the budget for jobs that the event `shutdown` starts or stops, before foster stops the others. */
const EVENT_SHARE = 0.3;

/** The part of the rest for stopping all jobs. What remains is for other processes, and for KILL and reaping. */
const JOBS_SHARE = 0.8;

/** The part of the rest for processes without a job to end after TERM, and again after KILL. */
const OTHERS_SHARE = 0.4;

/** The budget that remains after a second TERM. */
const ESCALATE_MS = 1000;

/** How long it takes to reap a killed process. After main, the job's post-stop is killed in turn. */
const KILLING_MS = 50;

/** The parts that a shutdown uses. Pending reports are delivered before each access (assembly/outside.ts). */
export interface ShutdownParts {
  readonly core: Pick<Core, 'jobs' | 'job'>;
  readonly tracking: Tracking;
  readonly commands: Pick<PendingCommands, 'emit' | 'order'>;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly now: () => Milliseconds;
}

interface ShutdownOptions extends ShutdownParts {
  readonly kernel: Pick<Kernel, 'proc'>;
  readonly budget: StopBudget;
  /** ends all processes of the pid namespace; undefined for an ordinary process */
  readonly namespaceInit: NamespaceInit | undefined;
  readonly log: (level: 'info' | 'warn', text: string) => void;
}

/** How soon to check a job again that got KILL. */
const KILL_AGAIN_MS = 20;

type Remaining = JobView & { readonly key: string };

export class Shutdown {
  /** timers that kill jobs that do not stop in time, by job */
  readonly #limits = new Map<string, LongTimer>();
  readonly #forced = new Set<string>();
  #watch: Disposable | undefined;
  #soon: NodeJS.Immediate | undefined;
  #step: 'event' | 'jobs' | 'others' = 'event';
  #proceed: () => void = () => undefined;
  /** the part of the budget for the steps after the jobs */
  #leftAfterJobs: Milliseconds = 0;

  constructor(private readonly options: ShutdownOptions) {}

  get #budget(): StopBudget {
    return this.options.budget;
  }

  /** Resolves when nothing is left, or when the budget is used up. */
  async run(): Promise<void> {
    await this.#requestStops();
    await this.#stopJobs();
    this.#step = 'others';
    await this.#endDetached();
    await this.#endNamespace();
  }

  /** Reduces the budget, and stops all jobs at once, after a second request. */
  hurry(): void {
    this.#budget.cut(ESCALATE_MS);
    this.#leftAfterJobs = this.#budget.left * (1 - JOBS_SHARE);
    if (this.#step === 'event') this.#proceed();
    if (this.#step === 'jobs') this.#stopAll();
  }

  /** Emits the event `shutdown`, and waits for a while until it has finished. */
  async #requestStops(): Promise<void> {
    const { commands } = this.options;
    const enough = AbortSignal.timeout(Math.ceil(this.#budget.left * EVENT_SHARE));
    const hurried = new Promise<void>((resolve) => (this.#proceed = resolve));
    await Promise.race([commands.emit('shutdown', [], enough), hurried]);
  }

  async #stopJobs(): Promise<void> {
    this.#step = 'jobs';
    const gone = new Promise<void>((resolve) => (this.#proceed = resolve));
    this.#leftAfterJobs = this.#budget.left * (1 - JOBS_SHARE);
    const tooLong = setLongTimeout(() => this.#proceed(), this.#timeForJobs + KILLING_MS);
    this.#watch = this.options.feed.subscribe({ types: ['state'] }, () => this.#advanceSoon());
    this.#advance();
    await gone;
    this.#watch.dispose();
    tooLong.dispose();
    for (const limit of this.#limits.values()) limit.dispose();
  }

  /** Advances once for all changes of this turn: hundreds of jobs may end together, each through several states. */
  #advanceSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#advance();
    });
  }

  /** Stops jobs that nothing else needs any more, and kills again those that are over their limit. */
  #advance(): void {
    if (this.#step !== 'jobs') return;
    const jobs = this.#jobs();
    if (jobs.length === 0) return this.#proceed();
    this.#clearLimitsExcept(new Set(jobs.map(({ key }) => key)));
    for (const { job, stepsLeft } of nextToStop(jobs)) this.#stop(job, this.#timeForJobs / stepsLeft);
    for (const job of jobs) if (this.#forced.has(job.key)) this.#kill(job);
  }

  /** Clears the timers of jobs that have ended in time. */
  #clearLimitsExcept(standing: ReadonlySet<string>): void {
    for (const [key, limit] of this.#limits) {
      if (standing.has(key)) continue;
      limit.dispose();
      this.#limits.delete(key);
    }
  }

  #stopAll(): void {
    for (const job of this.#jobs().reverse()) {
      this.#limits.get(job.key)?.dispose();
      this.#limits.delete(job.key);
      this.#stop(job, this.#timeForJobs);
    }
  }

  /** Returns the time that is left for jobs. Stopping hundreds of them takes a part of it. */
  get #timeForJobs(): Milliseconds {
    return Math.max(0, this.#budget.left - this.#leftAfterJobs);
  }

  /** @param limit when to kill it, if its own kill timeout is longer */
  #stop(job: Remaining, limit: Milliseconds): void {
    const { name, instance } = job.ref;
    if (job.goal !== 'stop') void this.options.commands.order('stop', 'shutdown', name, instance);
    if (this.#limits.has(job.key)) return;
    this.#limits.set(
      job.key,
      setLongTimeout(() => this.#force(job), limit),
    );
  }

  #force(job: Remaining): void {
    this.#forced.add(job.key);
    this.options.log('warn', `${jobLabel(job.ref)} did not stop within the stop budget: KILL`);
    this.#killUntilGone(job);
  }

  /** Kills the job's processes repeatedly: one that was forked just before the first KILL was not known yet. */
  #killUntilGone(job: Remaining): void {
    this.options.tracking.refresh();
    this.#kill(job);
    this.#limits.set(
      job.key,
      setLongTimeout(() => this.#killUntilGone(job), KILL_AGAIN_MS),
    );
  }

  /** Kills all its processes except detached ones, in whatever state the job is. */
  #kill({ key, ref }: Remaining): void {
    const { core, tracking } = this.options;
    const now = this.options.now();
    for (const process of tracking.tracker.living(key)) {
      if (tracking.tracker.isDetached(process, now * 1e6)) continue;
      const held = tracking.handles.hold(process);
      held?.signal(constants.signals.SIGKILL);
      held?.close();
    }
    for (const { pid, process } of core.job(ref, now)?.processes ?? [])
      if (process !== 'main') tracking.handles.signal(pid, constants.signals.SIGKILL, 'process');
  }

  #jobs(): Remaining[] {
    const { core, now } = this.options;
    return core.jobs(now()).map((view) => ({ ...view, key: jobKey(view.ref) }));
  }

  async #endDetached(): Promise<void> {
    const { tracking, kernel } = this.options;
    const { tracker } = tracking;
    const find = (): readonly Pidfd[] =>
      tracker
        .jobs()
        .flatMap((job) => tracker.living(job).flatMap((process) => tracking.handles.hold(process) ?? []));
    const { proc } = kernel;
    const left = await endProcesses({ proc, find, gracePeriod: this.#gracePeriod });
    if (left.length > 0) this.options.log('warn', `Detached processes have not ended: ${left.join(', ')}`);
  }

  /**
   * Ends everything else in the namespace: processes of `docker exec`, orphans that belong to no job, and what
   * escaped the tracker.
   */
  async #endNamespace(): Promise<void> {
    const left = (await this.options.namespaceInit?.endOthers(this.#gracePeriod)) ?? [];
    if (left.length > 0) this.options.log('warn', `Processes have not ended: ${left.join(', ')}`);
  }

  readonly #gracePeriod = (): Milliseconds => this.#budget.left * OTHERS_SHARE;
}
