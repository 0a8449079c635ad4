/**
 * What becomes of process events besides what the tracker concludes from them: they are kept and told (`foster events`),
 * start jobs (`process-event`), and show in `status` (core dumps).
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { AdoptedEvent, ProcessEvent } from '../../tracker/events.js';
import { Tracers } from '../../tracker/tracers.js';
import type { Tracker } from '../../tracker/tracker.js';
import type { ProcessBridge } from '../bridges/process-bridge.js';
import { Feed } from '../feed/feed.js';
import { MachineFeed } from '../feed/machine.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobOfKey } from '../job-key.js';
import { CoreDumps, type CoreDump } from './core-dumps.js';

export interface ProcessEventsOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'now'>;
  readonly tracker: () => Tracker;
  readonly bridge: () => ProcessBridge;
  /** see SupervisorParts */
  readonly everyProgram: { isWanted: boolean };
}

export class ProcessEvents {
  readonly feed: Feed;
  readonly machine: MachineFeed;
  readonly #coreDumps = new CoreDumps();
  readonly #tracers = new Tracers();

  constructor(private readonly options: ProcessEventsOptions) {
    const { kernel, tracker } = options;
    const clocks = { timeOfDay: Date.now, monotonic: () => kernel.now() };
    this.feed = new Feed(clocks, () => this.#audienceChanged());
    this.machine = new MachineFeed({
      proc: kernel.proc,
      tracker,
      tell: (job, event) => this.feed.machineEvent(job, event),
    });
  }

  /** Takes what the tracker saw of a process of a job. */
  saw(job: string, event: ProcessEvent): void {
    if (event.type === 'exit' || event.type === 'coredump') {
      const dump = this.#coreDumps.observe(job, event);
      if (dump !== undefined) this.#tell(job, dump);
    }
    if (event.type === 'adopted') this.#tell(job, this.#withNewParent(event));
    else this.#tell(job, this.#tracers.observe(event));
  }

  /** The latest process of this job that has dumped core. */
  coreDumpOf(job: JobRef): CoreDump | undefined {
    return this.#coreDumps.of(jobKey(job));
  }

  #tell(job: string, event: ProcessEvent): void {
    this.feed.processEvent(job, event);
    const bridge = this.options.bridge();
    if (bridge.isWanted(event.type)) bridge.offer(jobOfKey(job), event);
  }

  /** Whose child it is now is looked up for listeners only: a respawn waits for nobody's curiosity. */
  #withNewParent(event: AdoptedEvent): ProcessEvent {
    const { bridge, kernel } = this.options;
    if (!this.feed.isHeard && !bridge().isWanted('adopted')) return event;
    const newParent = kernel.proc.stat(event.pid)?.parent;
    return newParent === undefined ? event : { ...event, newParent };
  }

  /** What only listeners need is gathered while there are some. */
  #audienceChanged(): void {
    const { isHeardByAll } = this.feed;
    this.machine.setHeard(isHeardByAll);
    this.options.everyProgram.isWanted = isHeardByAll;
  }
}
