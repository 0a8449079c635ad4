/**
 * The ordered shutdown inside a budget (DESIGN section 8). Each step ends as soon as what it waits for is gone:
 *
 *      event `shutdown` ──▶ jobs, dependents first ──▶ detached sessions ──▶ the rest of our own pid namespace
 */
import { constants } from 'node:os';
import type { Disposable, Kernel } from '../../kernel/kernel.js';
import type { Milliseconds } from '../core/contract.js';
import type { JobView } from '../core/core.js';
import { jobKey, jobLabel } from '../job-key.js';
import type { Supervisor } from '../supervisor.js';
import { endProcesses } from './end-processes.js';
import { otherProcesses } from './others.js';
import { StopBudget } from './stop-budget.js';
import { nextToStop } from './stop-order.js';

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

export interface ShutdownOptions {
  readonly supervisor: Supervisor;
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  readonly budget: Milliseconds;
  /** end also what no job has started: we are PID 1 of our own pid namespace, and it ends with us */
  readonly endsNamespace: boolean;
  readonly say: (level: 'info' | 'warn', text: string) => void;
}

type Standing = JobView & { readonly key: string };

export class Shutdown {
  readonly #budget: StopBudget;
  /** what is to happen to jobs that do not stop in time, by job */
  readonly #limits = new Map<string, NodeJS.Timeout>();
  readonly #forced = new Set<string>();
  #watch: Disposable | undefined;
  #soon: NodeJS.Immediate | undefined;
  #step: 'event' | 'jobs' | 'others' = 'event';
  #goOn: () => void = () => undefined;

  constructor(private readonly options: ShutdownOptions) {
    this.#budget = new StopBudget(options.supervisor.now, options.budget);
  }

  /** Resolves when nothing is left, or when the budget is over. */
  async run(): Promise<void> {
    await this.#tellJobs();
    await this.#stopJobs();
    this.#step = 'others';
    await this.#endDetached();
    if (this.options.endsNamespace) await this.#endNamespace();
  }

  /** Somebody asked again: the rest of the budget shrinks, and no order is kept any more. */
  hurry(): void {
    this.#budget.cut(IMPATIENT_MS);
    if (this.#step === 'event') this.#goOn();
    if (this.#step === 'jobs') this.#stopAll();
  }

  /** The event `shutdown`; what it starts and stops is waited for a while. */
  async #tellJobs(): Promise<void> {
    const { supervisor } = this.options;
    const enough = AbortSignal.timeout(Math.ceil(this.#budget.left * EVENT_SHARE));
    const hurried = new Promise<void>((resolve) => (this.#goOn = resolve));
    await Promise.race([supervisor.emit('shutdown', [], true, enough), hurried]);
  }

  async #stopJobs(): Promise<void> {
    const { supervisor } = this.options;
    this.#step = 'jobs';
    const gone = new Promise<void>((resolve) => (this.#goOn = resolve));
    const tooLong = setTimeout(() => this.#goOn(), this.#budget.left * JOBS_SHARE + KILLING_MS);
    this.#watch = supervisor.feed.subscribe({ types: ['state'] }, () => this.#lookSoon());
    this.#look();
    await gone;
    this.#watch.dispose();
    clearTimeout(tooLong);
    for (const limit of this.#limits.values()) clearTimeout(limit);
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
    const timeForJobs = this.#budget.left * JOBS_SHARE;
    for (const { job, stepsLeft } of nextToStop(jobs)) this.#stop(job, timeForJobs / stepsLeft);
    for (const job of jobs) if (this.#forced.has(job.key)) this.#kill(job);
  }

  #stopAll(): void {
    for (const job of this.#jobs().reverse()) {
      clearTimeout(this.#limits.get(job.key));
      this.#limits.delete(job.key);
      this.#stop(job, this.#budget.left * JOBS_SHARE);
    }
  }

  /** @param limit its own kill timeout is cut to this */
  #stop(job: Standing, limit: Milliseconds): void {
    const { supervisor } = this.options;
    if (job.goal !== 'stop') {
      const { name, instance } = job.ref;
      void supervisor.command({ verb: 'stop', name, instance, env: [], wait: 'nothing', dialect: 'foster' });
    }
    if (this.#limits.has(job.key)) return;
    this.#limits.set(
      job.key,
      setTimeout(() => this.#force(job), limit),
    );
  }

  #force(job: Standing): void {
    this.#forced.add(job.key);
    this.options.say('warn', `${jobLabel(job.ref)} did not stop within the stop budget: KILL`);
    this.#kill(job);
  }

  /** All its processes but those that detached themselves, whatever state it has come to. */
  #kill({ key, ref }: Standing): void {
    const { supervisor, kernel } = this.options;
    const { tracking } = supervisor;
    const now = supervisor.now();
    const own = tracking.tracker
      .living(key)
      .filter((process) => !tracking.tracker.isDetached(process, now * 1e6));
    const hooks = supervisor.core.job(ref, now)?.processes ?? [];
    for (const pid of new Set([...own, ...hooks].map((process) => process.pid)))
      kernel.processes.kill(pid, constants.signals.SIGKILL);
  }

  #jobs(): Standing[] {
    const { supervisor } = this.options;
    return supervisor.core.jobs(supervisor.now()).map((view) => ({ ...view, key: jobKey(view.ref) }));
  }

  async #endDetached(): Promise<void> {
    const { tracker } = this.options.supervisor.tracking;
    const left = await this.#endOthers(() =>
      tracker.jobs().flatMap((job) => tracker.living(job).map(({ pid }) => pid)),
    );
    if (left.length > 0) this.options.say('warn', `Detached processes have not ended: ${left.join(', ')}`);
  }

  /** What `docker exec` and its like have started, orphans of nobody's, and what hides from the tracker. */
  async #endNamespace(): Promise<void> {
    const left = await this.#endOthers(() => otherProcesses(this.options.kernel.proc));
    if (left.length > 0) this.options.say('warn', `Processes have not ended: ${left.join(', ')}`);
  }

  #endOthers(find: () => readonly number[]): Promise<readonly number[]> {
    const { kernel } = this.options;
    return endProcesses({
      kernel,
      find,
      patience: () => this.#budget.left * OTHERS_SHARE,
    });
  }
}
