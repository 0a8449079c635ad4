/**
 * Watches the namespaces of jobs' processes, but only while somebody listens. Uses perf's records of all
 * processes if that is permitted; otherwise looks at /proc at each event of a process.
 */
import { inSlices } from '../../kernel/proc/every-process.js';
import type { Kernel } from '../../kernel/kernel.js';
import { namespaceOf, namespacesOf } from '../../kernel/proc/namespace.js';
import { PacedReader } from '../../kernel/netlink/paced-reader.js';
import type { PerfRecord } from '../../kernel/perf/records.js';
import { PerfTaskEvents } from '../../kernel/perf/task-events.js';
import { SystemError } from '../../kernel/system-error.js';
import type { NamespaceEvent, Nanoseconds, ProcessEvent } from '../events.js';
import type { SourceCapabilities } from '../sources/source.js';
import { NamespaceChanges } from './changes.js';
import { readKnowledge } from './knowledge.js';
import type { NamespaceMethodName } from './method.js';

interface NamespaceWatchOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'descriptors' | 'now'>;
  readonly source: { readonly capabilities: Pick<SourceCapabilities, 'reportsNamespaces'> };
  /** living processes of jobs */
  readonly processes: () => Iterable<number>;
  /** drains the source, so that the process of a record is known */
  readonly refresh: () => void;
  readonly changed: (event: NamespaceEvent) => void;
  /** a parameter for tests: returns undefined if the records of all processes are not available */
  readonly openRecords?: () => PerfTaskEvents | undefined;
}

interface Listening {
  readonly records: PerfTaskEvents;
  readonly reader: PacedReader;
}

export class NamespaceWatch {
  #changes: NamespaceChanges | undefined;
  #listening: Listening | undefined;
  /** every process of the machine has been looked at, or is reported by events */
  #everyoneIsKnown = false;
  #again: NodeJS.Immediate | undefined;
  /** determined once */
  #mayRecord: boolean | undefined;

  constructor(private readonly options: NamespaceWatchOptions) {}

  get isWatching(): boolean {
    return this.#changes !== undefined;
  }

  /** Returns the present method, or the one that would be used. */
  get method(): NamespaceMethodName {
    // perf as the tracker sees only its own descendants
    if (this.options.source.capabilities.reportsNamespaces) return 'perf-descendants';
    if (this.isWatching) return this.#listening === undefined ? 'proc' : 'perf';
    this.#mayRecord ??= canRecordNamespaces();
    return this.#mayRecord ? 'perf' : 'proc';
  }

  setWatching(watching: boolean): void {
    if (watching === this.isWatching || this.options.source.capabilities.reportsNamespaces) return;
    if (watching) this.#begin();
    else this.close();
  }

  /** Reports the changes before `time`, because an event of that time is about to be reported. */
  flushBefore(time: Nanoseconds): void {
    this.#collect(time);
  }

  /** Updates the namespaces after an event of a job's process. */
  onEvent(event: ProcessEvent): void {
    if (this.#changes === undefined) return;
    if (event.type === 'fork') this.#forked(event.parent, event.child);
    else if (event.type === 'exit') {
      if (this.#listening === undefined) this.#changes.remove(event.pid);
    } else if (event.type !== 'overflow' && event.type !== 'namespace') this.#look(event.pid);
  }

  close(): void {
    this.#listening?.reader.stop();
    this.#listening?.records.close();
    clearImmediate(this.#again);
    this.#again = undefined;
    this.#listening = undefined;
    this.#changes = undefined;
    this.#everyoneIsKnown = false;
  }

  #begin(): void {
    const { kernel, processes } = this.options;
    const records = (this.options.openRecords ?? openRecords)();
    const changes = new NamespaceChanges(readKnowledge(kernel, () => this.#everyoneIsKnown));
    this.#changes = changes;
    if (records !== undefined) {
      const { descriptors } = kernel;
      const reader = new PacedReader(
        descriptors,
        records.descriptors,
        () => this.#serve(),
        () => true,
      );
      this.#listening = { records, reader };
      reader.start();
    }
    // after the opening: later changes arrive as records
    for (const pid of processes()) changes.addProcess(pid, namespacesOf(pid));
    if (records === undefined) return;
    void this.#scanAllProcesses(changes);
  }

  /**
   * Scans all processes in slices: the processes of jobs are known already, and 100,000 others would block
   * the supervisor for four seconds.
   */
  async #scanAllProcesses(changes: NamespaceChanges): Promise<void> {
    const isOver = (): boolean => this.#changes !== changes;
    await inSlices(this.options.kernel.proc.eachPid(), (pid) => recordNamespaces(changes, pid), isOver);
    if (!isOver()) this.#everyoneIsKnown = true;
  }

  #forked(parent: number, child: number): void {
    if (this.#listening === undefined) {
      // the parent may have changed before it forked: `unshare --fork` does
      this.#look(parent);
      this.#changes?.forked(parent, child);
      this.#look(child);
      return;
    }
    // its record comes a moment later
    this.#changes?.forked(parent, child);
    this.#lookAtTime(child);
  }

  #look(pid: number): void {
    if (this.#listening === undefined) this.#report(pid, namespacesOf(pid), this.options.kernel.now());
    else this.#lookAtTime(pid);
  }

  /**
   * Looks up the time namespace, for which perf has no records. A process enters a new one at its next fork
   * or exec.
   */
  #lookAtTime(pid: number): void {
    const inode = namespaceOf(pid, 'time');
    if (inode !== undefined) this.#report(pid, new Map([['time', inode]]), this.options.kernel.now());
  }

  #report(pid: number, inodes: ReturnType<typeof namespacesOf>, time: number): void {
    for (const event of this.#changes?.update(pid, inodes, time) ?? []) this.options.changed(event);
  }

  #serve(): number {
    const now = this.options.kernel.now();
    // the source's events up to this moment come first: they tell whose process it is
    this.options.refresh();
    return this.#collect(now);
  }

  /** Reads records up to this time. Later ones wait for the source's events of their processes. */
  #collect(until: Nanoseconds): number {
    const { records } = this.#listening ?? {};
    if (records === undefined) return 0;
    const count = records.read(until, (record) => this.#take(record));
    if (records.hasMore) {
      this.#again ??= setImmediate(() => {
        this.#again = undefined;
        this.#serve();
      });
    }
    return count;
  }

  #take(record: PerfRecord): void {
    if (record.kind === 'fork') {
      // the creator has not been looked at yet: its child is in the same namespaces
      if (!this.#everyoneIsKnown && this.#changes !== undefined)
        recordNamespaces(this.#changes, record.parent);
      // the source has already reported the fork of a job's process
      if (this.#changes?.of(record.child) === undefined) this.#changes?.forked(record.parent, record.child);
    } else if (record.kind === 'exit') this.#changes?.remove(record.pid);
    else if (record.kind === 'namespaces') this.#report(record.pid, record.inodes, record.time);
    else if (record.kind === 'lost') {
      void this.#catchUp();
    }
  }

  /** Looks up all processes again after lost records. */
  async #catchUp(): Promise<void> {
    const { proc, now } = this.options.kernel;
    const changes = this.#changes;
    const report = (pid: number): void => this.#report(pid, namespacesOf(pid), now());
    await inSlices(proc.eachPid(), report, () => this.#changes !== changes);
  }
}

/** Records the namespaces of a process if it is unknown so far. */
function recordNamespaces(changes: NamespaceChanges, pid: number): void {
  if (changes.of(pid) !== undefined) return;
  const inodes = namespacesOf(pid);
  // it has ended meanwhile
  if (inodes.size > 0) changes.addProcess(pid, inodes);
}

/**
 * Opens perf's records of all processes. Returns undefined if that is not permitted, or if the kernel has no
 * records of namespaces (before 4.12).
 */
function openRecords(): PerfTaskEvents | undefined {
  try {
    return PerfTaskEvents.open('everyone');
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** Tests whether perf may report the namespaces of all processes here. */
function canRecordNamespaces(): boolean {
  const records = openRecords();
  records?.close();
  return records !== undefined;
}
