/**
 * Uses process events for everything besides tracking: `foster events`, the event `process-event`, and core dumps in
 * `status`.
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

interface ProcessEventsOptions {
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
        // a fork event still in the lane would be handled after perf's records of what the child did since. It would
        // reset the child to its creator's namespaces, and the child's next change would be reported as made by clone
        lane.flush();
      },
      changed: (event) => this.#namespaceChanged(event),
    });
  }

  /** Handles an event of a job's process: immediately if a job waits for such events, otherwise as a report. */
  onEvent(job: string, event: ProcessEvent): void {
    if (this.options.bridge.isWaitedFor) this.#onEvent(job, event);
    else this.options.lane.add(() => this.#onEvent(job, event));
  }

  #onEvent(job: string, event: ProcessEvent): void {
    if (this.#namespaces.isWatching) this.#namespaces.flushBefore(event.time);
    if (event.type === 'exit' || event.type === 'coredump') {
      const dump = this.#coreDumps.observe(job, event);
      if (dump !== undefined) this.#publish(job, dump);
    }
    if (event.type === 'adopted') this.#publish(job, this.#withNewParent(event));
    else this.#publish(job, this.#tracers.observe(event));
    if (this.#namespaces.isWatching) this.#namespaces.onEvent(event);
  }

  /** Handles a verdict about the end of main. The exit event may have had no status, but the verdict has. */
  onVerdict(verdict: Verdict): void {
    if (verdict.verdict !== 'died') return;
    const { job, pid, time, status } = verdict;
    const exit: ProcessEvent = { type: 'exit', pid, time, ...(status !== undefined && { status }) };
    const dump = this.#coreDumps.observe(job, exit);
    if (dump !== undefined) this.#publish(job, dump);
  }

  /** Returns how foster notices changes of namespaces. */
  get namespaceMethod(): NamespaceMethod {
    return namespaceMethod(this.#namespaces.method);
  }

  /** Starts or stops what only readers of the feed need. */
  readonly readersChanged = (): void => {
    const { hasMachineReaders } = this.options.feed;
    this.machine.setActive(hasMachineReaders);
    this.options.source.watchMachine?.(hasMachineReaders);
    this.waitersChanged();
  };

  /** Updates what is watched, after the classes that wait for process events have changed. */
  waitersChanged(): void {
    const { feed, bridge } = this.options;
    this.#namespaces.setWatching(feed.isWanted('namespace') || bridge.isWanted('namespace'));
  }

  close(): void {
    this.#namespaces.close();
  }

  /** Returns the last core dump of each job. */
  get coreDumps(): readonly JobCoreDump[] {
    return [...this.#coreDumps.all].map(([key, dump]) => ({ job: jobOfKey(key), ...dump }));
  }

  /** Restores core dumps after a re-exec. */
  restoreCoreDumps(dumps: readonly JobCoreDump[]): void {
    for (const { job, pid, time } of dumps) this.#coreDumps.restore(jobKey(job), { pid, time });
  }

  /** Returns the last core dump of this job. */
  coreDumpOf(job: JobRef): CoreDump | undefined {
    return this.#coreDumps.of(jobKey(job));
  }

  #publish(job: string, event: ProcessEvent): void {
    this.options.lane.add(() => this.options.feed.processEvent(job, event));
    const { bridge } = this.options;
    if (bridge.isWanted(event.type)) bridge.offer(jobOfKey(job), event);
  }

  /** Looks up the new parent, but only if somebody wants it: a respawn should not be delayed by that. */
  #withNewParent(event: AdoptedEvent): ProcessEvent {
    const { bridge, kernel } = this.options;
    if (!this.options.feed.hasReaders && !bridge.isWanted('adopted')) return event;
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
