/**
 * The ordered shutdown inside a budget (DESIGN section 8): the event `shutdown`, then all jobs, last started first; each
 * step ends as soon as what it waits for is gone. What is still there shortly before the budget is over gets KILL.
 */
import { constants } from 'node:os';
import type { ProcessCalls } from '../../kernel/kernel.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { Milliseconds } from '../core/contract.js';
import { jobKey } from '../job-key.js';
import type { Supervisor } from '../supervisor.js';

/** The share of the budget after which nobody is asked any more: KILL, and the reaping, need the rest. */
const ASKING_SHARE = 0.8;

/** A second TERM says that somebody is impatient: this much is left then. */
const IMPATIENT_MS = 1000;

/** How long the jobs that `shutdown` starts or stops are waited for before the others are stopped as well. */
const EVENT_SHARE = 0.3;

export interface ShutdownOptions {
  readonly supervisor: Supervisor;
  readonly tracking: Tracking;
  readonly processes: Pick<ProcessCalls, 'kill'>;
  readonly budget: Milliseconds;
  /** KILL what detached itself, too: the namespace ends with us */
  readonly endsEverything: boolean;
  readonly say: (text: string) => void;
}

export class Shutdown {
  #deadline: Milliseconds;
  #timer: NodeJS.Timeout | undefined;
  #done: (() => void) | undefined;
  #forced = false;

  constructor(private readonly options: ShutdownOptions) {
    this.#deadline = options.supervisor.now() + options.budget;
  }

  /** Resolves when no job is left, or the budget is over. */
  async run(): Promise<void> {
    const { supervisor, budget } = this.options;
    const ended = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    this.#setTimer();
    const watch = supervisor.feed.subscribe({ types: ['state'] }, () => setImmediate(() => this.#check()));
    const handled = supervisor.emit('shutdown', [], true, AbortSignal.timeout(budget * EVENT_SHARE));
    await Promise.race([handled, ended]);
    this.#stopAll();
    this.#check();
    await ended;
    watch.dispose();
    clearTimeout(this.#timer);
  }

  /** Somebody asked again: the rest of the budget shrinks. */
  hurry(): void {
    this.#deadline = Math.min(this.#deadline, this.options.supervisor.now() + IMPATIENT_MS);
    this.#setTimer();
  }

  /** All at once: a stop waits for the job's own hooks, `stopping` events order those that depend on one another. */
  #stopAll(): void {
    const { supervisor } = this.options;
    const jobs = supervisor.core.jobs(supervisor.now()).filter(({ goal }) => goal !== 'stop');
    for (const { ref } of [...jobs].reverse()) {
      void supervisor.command({
        verb: 'stop',
        name: ref.name,
        instance: ref.instance,
        env: [],
        wait: 'nothing',
        dialect: 'foster',
      });
    }
  }

  #check(): void {
    const { supervisor } = this.options;
    if (supervisor.core.jobs(supervisor.now()).length === 0) this.#done?.();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const { supervisor, budget } = this.options;
    const left = this.#deadline - supervisor.now();
    const delay = this.#forced ? left : left - Math.min(left, budget) * (1 - ASKING_SHARE);
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, delay));
  }

  #expire(): void {
    const { supervisor, say } = this.options;
    if (this.#forced) {
      this.#done?.();
      return;
    }
    this.#forced = true;
    const late = supervisor.core.jobs(supervisor.now());
    say(`Shutdown: ${late.map(({ ref }) => ref.name).join(', ')} did not stop in time and get KILL`);
    for (const { ref } of late) this.#killJob(jobKey(ref));
    this.#setTimer();
  }

  #killJob(key: string): void {
    const { tracking, processes, endsEverything } = this.options;
    const now = this.options.supervisor.now() * 1e6;
    for (const process of tracking.tracker.living(key)) {
      if (!endsEverything && tracking.tracker.isDetached(process, now)) continue;
      processes.kill(process.pid, constants.signals.SIGKILL);
    }
    const { core } = this.options.supervisor;
    const job = core.jobs(this.options.supervisor.now()).find(({ ref }) => jobKey(ref) === key);
    for (const { pid } of job?.processes ?? []) processes.kill(pid, constants.signals.SIGKILL);
  }
}
