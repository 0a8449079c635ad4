/**
 * `foster events --all`: what the connector tells of every process of the machine. It costs nothing while nobody listens.
 *
 * The source is listened to before the tracker is told, so that the order is the kernel's. The tracker does not know the
 * processes of this batch then; which job they are of is worked out here.
 */
import { inSlices } from '../../kernel/proc/every-process.js';
import type { ProcReader, ProcessStat } from '../../kernel/kernel.js';
import { Adoptions } from '../../tracker/lineage/adoption.js';
import type { ProcessEvent } from '../../tracker/events.js';
import type { Tracker } from '../../tracker/tracker.js';
import { Tracers } from '../../tracker/tracers.js';
import type { JobRef } from '../core/contract.js';
import { jobOfKey } from '../../tracker/job-key.js';

export interface MachineFeedOptions {
  readonly proc: Pick<ProcReader, 'stat' | 'eachPid'>;
  readonly tracker: Pick<Tracker, 'self' | 'lineage' | 'jobOf'>;
  readonly publish: (job: JobRef | undefined, event: ProcessEvent) => void;
}

/** What is remembered while somebody listens. */
interface Memory {
  /** undefined until everybody who was there has been looked at, which takes a second with 100,000 processes */
  adoptions: Adoptions | undefined;
  /** what happened until then, for the adoptions */
  readonly meanwhile: ProcessEvent[];
  readonly tracers: Tracers;
}

export class MachineFeed {
  #memory: Memory | undefined;

  constructor(private readonly options: MachineFeedOptions) {}

  get isHeard(): boolean {
    return this.#memory !== undefined;
  }

  /** Begins to remember what the notices of adoption need, or forgets it. */
  setHeard(heard: boolean): void {
    if (heard === this.isHeard) return;
    if (!heard) {
      this.#memory = undefined;
      return;
    }
    this.#memory = { adoptions: undefined, meanwhile: [], tracers: new Tracers() };
    this.#remember(this.#memory).catch((error: unknown) => {
      throw error;
    });
  }

  /** Looks at everybody who is there already, in portions, and catches up with what has happened meanwhile. */
  async #remember(memory: Memory): Promise<void> {
    const { proc } = this.options;
    const existing: ProcessStat[] = [];
    const look = (pid: number): void => {
      const stat = proc.stat(pid);
      if (stat !== undefined) existing.push(stat);
    };
    const isOver = (): boolean => this.#memory !== memory;
    await inSlices(proc.eachPid(), look, isOver);
    if (isOver()) return;
    existing.sort((one, other) => one.startTime - other.startTime);
    const adoptions = new Adoptions(existing, (pid) => proc.stat(pid)?.parent);
    const jobs = new BatchJobs(this.options.tracker);
    // late, but told: the processes that were born before an exit and looked at before it, too
    for (const event of memory.meanwhile.splice(0))
      for (const notice of adoptions.observe(event)) this.options.publish(jobs.of(notice), notice);
    memory.adoptions = adoptions;
  }

  /** Takes a batch of the source. */
  readonly take = (events: readonly ProcessEvent[]): void => {
    if (this.#memory === undefined) return;
    const { adoptions, meanwhile, tracers } = this.#memory;
    const jobs = new BatchJobs(this.options.tracker);
    for (const event of events) {
      jobs.observe(event);
      this.options.publish(jobs.of(event), tracers.observe(event));
      if (adoptions === undefined) {
        if (event.type === 'fork' || event.type === 'exit') meanwhile.push(event);
        continue;
      }
      for (const notice of adoptions.observe(event)) this.options.publish(jobs.of(notice), notice);
    }
  };
}

/** Of which job a process is, in a batch that the tracker does not know yet. */
class BatchJobs {
  readonly #found = new Map<number, JobRef | undefined>();

  constructor(private readonly tracker: Pick<Tracker, 'self' | 'lineage' | 'jobOf'>) {}

  observe(event: ProcessEvent): void {
    if (event.type !== 'fork') return;
    const { parent, child } = event;
    // a launcher is known to the tracker by the time that its fork is read; whatever else we start is of no job
    const job = parent === this.tracker.self ? this.#known(child) : this.#of(parent);
    this.#found.set(child, job);
  }

  of(event: ProcessEvent): JobRef | undefined {
    if (event.type === 'overflow') return undefined;
    return this.#of(event.type === 'fork' ? event.child : event.pid);
  }

  #of(pid: number): JobRef | undefined {
    return this.#found.has(pid) ? this.#found.get(pid) : this.#known(pid);
  }

  #known(pid: number): JobRef | undefined {
    const process = this.tracker.lineage.get(pid);
    const key = process && this.tracker.jobOf(process);
    return key === undefined ? undefined : jobOfKey(key);
  }
}
