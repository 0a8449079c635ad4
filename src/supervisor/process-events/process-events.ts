/**
 * What becomes of process events besides what the tracker concludes from them: they are kept and told (`foster events`),
 * start jobs (`process-event`), and show in `status` (core dumps).
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { AdoptedEvent, NamespaceEvent, ProcessEvent } from '../../tracker/events.js';
import { namespaceMethod, type NamespaceMethod } from '../../tracker/namespaces/method.js';
import { NamespaceWatch } from '../../tracker/namespaces/watch.js';
import type { EventSource } from '../../tracker/sources/source.js';
import { Tracers } from '../../tracker/tracers.js';
import type { Verdict } from '../../tracker/verdict.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { ProcessBridge } from '../bridges/process-bridge.js';
import type { ReportLane } from '../engine/report-lane.js';
import type { Feed } from '../feed/feed.js';
import { MachineFeed } from '../feed/machine.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobOfKey } from '../../tracker/job-key.js';
import type { Part } from '../engine/part.js';
import type { JobCoreDump } from '../status/saved-status.js';
import { CoreDumps, type CoreDump } from './core-dumps.js';

export interface ProcessEventsOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'descriptors' | 'now'>;
  readonly source: Pick<EventSource, 'capabilities' | 'watchMachine'>;
  readonly tracking: Tracking;
  readonly bridge: ProcessBridge;
  readonly feed: Feed;
  readonly lane: ReportLane;
}

export class ProcessEvents implements Part {
  readonly machine: MachineFeed;
  readonly #namespaces: NamespaceWatch;
  readonly #coreDumps = new CoreDumps();
  readonly #tracers = new Tracers();

  constructor(private readonly options: ProcessEventsOptions) {
    const { kernel, source, tracking, feed, lane } = options;
    this.machine = new MachineFeed({
      proc: kernel.proc,
      tracker: tracking.tracker,
      publish: (job, event) => lane.add(() => feed.machineEvent(job, event)),
    });
    this.#namespaces = new NamespaceWatch({
      kernel,
      source,
      processes: () => this.#processesOfJobs(),
      refresh: () => {
        tracking.refresh();
        // a fork that still waits in the lane would be taken after the records of what the child has done since, and put the
        // child back to where its creator is: what it changes next would begin there, and be told as made by clone
        lane.flush();
      },
      changed: (event) => this.#namespaceChanged(event),
    });
  }

  /** Takes what the tracker saw of a process of a job: at once where a job waits for such events, and to be reported otherwise. */
  onEvent(job: string, event: ProcessEvent): void {
    if (this.options.bridge.isWaitedFor) this.#onEvent(job, event);
    else this.options.lane.add(() => this.#onEvent(job, event));
  }

  #onEvent(job: string, event: ProcessEvent): void {
    if (this.#namespaces.isWatching) this.#namespaces.before(event.time);
    if (event.type === 'exit' || event.type === 'coredump') {
      const dump = this.#coreDumps.observe(job, event);
      if (dump !== undefined) this.#publish(job, dump);
    }
    if (event.type === 'adopted') this.#publish(job, this.#withNewParent(event));
    else this.#publish(job, this.#tracers.observe(event));
    if (this.#namespaces.isWatching) this.#namespaces.onEvent(event);
  }

  /** The status of a main is known to the follower at the latest: an exit event may have come without. */
  onVerdict(verdict: Verdict): void {
    if (verdict.verdict !== 'died') return;
    const { job, pid, time, status } = verdict;
    const exit: ProcessEvent = { type: 'exit', pid, time, ...(status !== undefined && { status }) };
    const dump = this.#coreDumps.observe(job, exit);
    if (dump !== undefined) this.#publish(job, dump);
  }

  /** How changes of namespaces are learned of. */
  get namespaceMethod(): NamespaceMethod {
    return namespaceMethod(this.#namespaces.method);
  }

  /** Others listen to the feed now: what only listeners need is gathered while there are some. */
  readonly audienceChanged = (): void => {
    const { isHeardByAll } = this.options.feed;
    this.machine.setHeard(isHeardByAll);
    this.options.source.watchMachine?.(isHeardByAll);
    this.waitersChanged();
  };

  /** Other classes wait for process events now. */
  waitersChanged(): void {
    const { feed, bridge } = this.options;
    this.#namespaces.setWatching(feed.isWanted('namespace') || bridge.isWanted('namespace'));
  }

  close(): void {
    this.#namespaces.close();
  }

  /** Of every job the latest process that has dumped core. */
  get coreDumps(): readonly JobCoreDump[] {
    return [...this.#coreDumps.all].map(([key, dump]) => ({ job: jobOfKey(key), ...dump }));
  }

  /** After a re-exec. */
  restoreCoreDumps(dumps: readonly JobCoreDump[]): void {
    for (const { job, pid, time } of dumps) this.#coreDumps.restore(jobKey(job), { pid, time });
  }

  /** The latest process of this job that has dumped core. */
  coreDumpOf(job: JobRef): CoreDump | undefined {
    return this.#coreDumps.of(jobKey(job));
  }

  #publish(job: string, event: ProcessEvent): void {
    this.options.lane.add(() => this.options.feed.processEvent(job, event));
    const { bridge } = this.options;
    if (bridge.isWanted(event.type)) bridge.offer(jobOfKey(job), event);
  }

  /** Whose child it is now is looked up for listeners only: a respawn waits for nobody's curiosity. */
  #withNewParent(event: AdoptedEvent): ProcessEvent {
    const { bridge, kernel } = this.options;
    if (!this.options.feed.isHeard && !bridge.isWanted('adopted')) return event;
    const newParent = kernel.proc.stat(event.pid)?.parent;
    return newParent === undefined ? event : { ...event, newParent };
  }

  #namespaceChanged(event: NamespaceEvent): void {
    const { tracker } = this.options.tracking;
    const process = tracker.lineage.get(event.pid);
    const job = process && tracker.jobOf(process);
    if (job !== undefined) this.#publish(job, event);
    else this.options.lane.add(() => this.options.feed.machineEvent(undefined, event));
  }

  *#processesOfJobs(): Iterable<number> {
    const { tracker } = this.options.tracking;
    for (const job of tracker.jobs()) for (const { pid } of tracker.living(job)) yield pid;
  }
}
