/**
 * `foster events --all`: the connector's events of all processes of the machine. It costs nothing without readers.
 *
 * It receives each batch before the tracker does, which keeps the kernel's order. The tracker does not know the
 * processes of the batch then, so this finds out which job they belong to.
 */
import { inSlices } from '../../kernel/proc/every-process.js';
import type { ProcReader, ProcessStat } from '../../kernel/kernel.js';
import { Adoptions } from '../../tracker/lineage/adoption.js';
import type { ProcessEvent } from '../../tracker/events.js';
import type { Tracker } from '../../tracker/tracker.js';
import { Tracers } from '../../tracker/tracers.js';
import type { JobRef } from '../core/contract.js';
import { jobOfKey } from '../../tracker/job-key.js';

interface MachineFeedOptions {
  readonly proc: Pick<ProcReader, 'stat' | 'eachPid'>;
  readonly tracker: Pick<Tracker, 'self' | 'lineage' | 'jobOf'>;
  readonly publish: (job: JobRef | undefined, event: ProcessEvent) => void;
}

/** The state that is kept while there are readers. */
interface Memory {
  /** undefined until all existing processes have been read, which takes a second for 100,000 of them */
  adoptions: Adoptions | undefined;
  /** events until then, for `adoptions` */
  readonly meanwhile: ProcessEvent[];
  readonly tracers: Tracers;
}

export class MachineFeed {
  #memory: Memory | undefined;

  constructor(private readonly options: MachineFeedOptions) {}

  get isActive(): boolean {
    return this.#memory !== undefined;
  }

  /** Starts or stops to keep what notices of adoption need. */
  setActive(heard: boolean): void {
    if (heard === this.isActive) return;
    if (!heard) {
      this.#memory = undefined;
      return;
    }
    this.#memory = { adoptions: undefined, meanwhile: [], tracers: new Tracers() };
    void this.#remember(this.#memory);
  }

  /** Reads all existing processes, in slices, and then handles the events that came meanwhile. */
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
    // delivered late
    for (const event of memory.meanwhile.splice(0))
      for (const notice of adoptions.observe(event)) this.options.publish(jobs.of(notice), notice);
    memory.adoptions = adoptions;
  }

  /** Receives a batch of the source. */
  readonly receive = (events: readonly ProcessEvent[]): void => {
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

/** Finds the jobs of processes in a batch that the tracker does not know yet. */
class BatchJobs {
  readonly #found = new Map<number, JobRef | undefined>();

  constructor(private readonly tracker: Pick<Tracker, 'self' | 'lineage' | 'jobOf'>) {}

  observe(event: ProcessEvent): void {
    if (event.type !== 'fork') return;
    const { parent, child } = event;
    // the tracker knows a launcher before its fork event is read; other children of foster belong to no job
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
