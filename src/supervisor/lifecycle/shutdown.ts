/**
 * The ordered shutdown inside a budget (DESIGN section 8). Each step ends as soon as what it waits for is gone:
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

/** How long the jobs that `shutdown` starts or stops are waited for before the others are stopped as well. */
const EVENT_SHARE = 0.3;

/** Of what is left then, all jobs together: the rest is for what is not a job, and for KILL and the reaping. */
const JOBS_SHARE = 0.8;

/** Of what is left then, how long a process without a job may take after TERM, and again after KILL. */
const OTHERS_SHARE = 0.4;

/** A second TERM says that somebody is impatient: this much is left then. */
const IMPATIENT_MS = 1000;

/** A KILLed job goes on to its post-stop, which is KILLed in turn; each needs this long to be reaped. */
const KILLING_MS = 50;

/** The jobs that are to end. Reports of what has happened are delivered before anything of it is used (assembly/outside.ts). */
export interface EndingJobs {
  readonly core: Pick<Core, 'jobs' | 'job'>;
  readonly tracking: Tracking;
  readonly commands: Pick<PendingCommands, 'emit' | 'order'>;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly now: () => Milliseconds;
}

export interface ShutdownOptions extends EndingJobs {
  readonly kernel: Pick<Kernel, 'proc'>;
  readonly budget: StopBudget;
  /** what no job has started ends as well, since the pid namespace ends with its PID 1; undefined for an ordinary process */
  readonly namespaceInit: NamespaceInit | undefined;
  readonly log: (level: 'info' | 'warn', text: string) => void;
}

/** How soon a job that got KILL is looked at again. */
const KILL_AGAIN_MS = 20;

type Standing = JobView & { readonly key: string };

export class Shutdown {
  /** what is to happen to jobs that do not stop in time, by job */
  readonly #limits = new Map<string, LongTimer>();
  readonly #forced = new Set<string>();
  #watch: Disposable | undefined;
  #soon: NodeJS.Immediate | undefined;
  #step: 'event' | 'jobs' | 'others' = 'event';
  #goOn: () => void = () => undefined;
  /** of the budget, what the steps after the jobs are to have */
  #leftAfterJobs: Milliseconds = 0;

  constructor(private readonly options: ShutdownOptions) {}

  get #budget(): StopBudget {
    return this.options.budget;
  }

  /** Resolves when nothing is left, or when the budget is over. */
  async run(): Promise<void> {
    await this.#requestStops();
    await this.#stopJobs();
    this.#step = 'others';
    await this.#endDetached();
    await this.#endNamespace();
  }

  /** Somebody asked again: the rest of the budget shrinks, and no order is kept any more. */
  hurry(): void {
    this.#budget.cut(IMPATIENT_MS);
    this.#leftAfterJobs = this.#budget.left * (1 - JOBS_SHARE);
    if (this.#step === 'event') this.#goOn();
    if (this.#step === 'jobs') this.#stopAll();
  }

  /** The event `shutdown`; what it starts and stops is waited for a while. */
  async #requestStops(): Promise<void> {
    const { commands } = this.options;
    const enough = AbortSignal.timeout(Math.ceil(this.#budget.left * EVENT_SHARE));
    const hurried = new Promise<void>((resolve) => (this.#goOn = resolve));
    await Promise.race([commands.emit('shutdown', [], enough), hurried]);
  }

  async #stopJobs(): Promise<void> {
    this.#step = 'jobs';
    const gone = new Promise<void>((resolve) => (this.#goOn = resolve));
    this.#leftAfterJobs = this.#budget.left * (1 - JOBS_SHARE);
    const tooLong = setLongTimeout(() => this.#goOn(), this.#timeForJobs + KILLING_MS);
    this.#watch = this.options.feed.subscribe({ types: ['state'] }, () => this.#lookSoon());
    this.#look();
    await gone;
    this.#watch.dispose();
    tooLong.dispose();
    for (const limit of this.#limits.values()) limit.dispose();
  }

  /** Once for all that changes in this turn: hundreds of jobs end together, each by way of several states. */
  #lookSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#look();
    });
  }

  /** Something has changed: who can be stopped now, and who has to be forced on. */
  #look(): void {
    if (this.#step !== 'jobs') return;
    const jobs = this.#jobs();
    if (jobs.length === 0) return this.#goOn();
    this.#forgetLimitsExcept(new Set(jobs.map(({ key }) => key)));
    for (const { job, stepsLeft } of nextToStop(jobs)) this.#stop(job, this.#timeForJobs / stepsLeft);
    for (const job of jobs) if (this.#forced.has(job.key)) this.#kill(job);
  }

  /** A job that has stopped in time is not forced. */
  #forgetLimitsExcept(standing: ReadonlySet<string>): void {
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

  /** What is left of the time for jobs. Stopping hundreds of them takes a part of it. */
  get #timeForJobs(): Milliseconds {
    return Math.max(0, this.#budget.left - this.#leftAfterJobs);
  }

  /** @param limit its own kill timeout is cut to this */
  #stop(job: Standing, limit: Milliseconds): void {
    const { name, instance } = job.ref;
    if (job.goal !== 'stop') void this.options.commands.order('stop', 'shutdown', name, instance);
    if (this.#limits.has(job.key)) return;
    this.#limits.set(
      job.key,
      setLongTimeout(() => this.#force(job), limit),
    );
  }

  #force(job: Standing): void {
    this.#forced.add(job.key);
    this.options.log('warn', `${jobLabel(job.ref)} did not stop within the stop budget: KILL`);
    this.#killUntilGone(job);
  }

  /** A process that was forked just before the first KILL was not known then: it would hold the job beyond the budget. */
  #killUntilGone(job: Standing): void {
    this.options.tracking.refresh();
    this.#kill(job);
    this.#limits.set(
      job.key,
      setLongTimeout(() => this.#killUntilGone(job), KILL_AGAIN_MS),
    );
  }

  /** All its processes but those that detached themselves, whatever state it has come to. */
  #kill({ key, ref }: Standing): void {
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

  #jobs(): Standing[] {
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
    const left = await endProcesses({ proc, find, patience: this.#patience });
    if (left.length > 0) this.options.log('warn', `Detached processes have not ended: ${left.join(', ')}`);
  }

  /** What `docker exec` and its like have started, orphans of nobody's, and what hides from the tracker. */
  async #endNamespace(): Promise<void> {
    const left = (await this.options.namespaceInit?.endOthers(this.#patience)) ?? [];
    if (left.length > 0) this.options.log('warn', `Processes have not ended: ${left.join(', ')}`);
  }

  readonly #patience = (): Milliseconds => this.#budget.left * OTHERS_SHARE;
}
