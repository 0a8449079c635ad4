/**
 * In which namespaces the processes of jobs are, and when that changes; only while somebody wants to know. By perf's records
 * of every process where that is allowed; otherwise by a look at /proc whenever something is told of a process.
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

export interface NamespaceWatchOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'descriptors' | 'now'>;
  readonly source: { readonly capabilities: Pick<SourceCapabilities, 'reportsNamespaces'> };
  /** living processes of jobs */
  readonly processes: () => Iterable<number>;
  /** takes in what the source has queued, so that the process that a record is about is known */
  readonly refresh: () => void;
  readonly changed: (event: NamespaceEvent) => void;
  /** a parameter for tests: undefined where everyone's records may not be had */
  readonly openRecords?: () => PerfTaskEvents | undefined;
}

interface Listening {
  readonly records: PerfTaskEvents;
  readonly reader: PacedReader;
}

export class NamespaceWatch {
  #changes: NamespaceChanges | undefined;
  #listening: Listening | undefined;
  /** every process of the machine has been looked at, or is told of */
  #everyoneIsKnown = false;
  #again: NodeJS.Immediate | undefined;
  /** asked for once */
  #mayRecord: boolean | undefined;

  constructor(private readonly options: NamespaceWatchOptions) {}

  get isWatching(): boolean {
    return this.#changes !== undefined;
  }

  /** How changes are learned of, or will be when it is watched. */
  get method(): NamespaceMethodName {
    // perf, which sees its own descendants alone
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

  /** Something of this time is about to be told: changes that came before it are told first. */
  flushBefore(time: Nanoseconds): void {
    this.#collect(time);
  }

  /** Takes what has been told of a process of a job. */
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
    // after the opening: who changes from now on is told of
    for (const pid of processes()) changes.addProcess(pid, namespacesOf(pid));
    if (records === undefined) return;
    this.#scanAllProcesses(changes).catch((error: unknown) => {
      throw error;
    });
  }

  /** The processes of jobs are known by now; 100,000 others would keep the supervisor for four seconds. */
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

  /** perf has no word of time namespaces: one is entered by the next fork or exec. */
  #lookAtTime(pid: number): void {
    const inode = namespaceOf(pid, 'time');
    if (inode !== undefined) this.#report(pid, new Map([['time', inode]]), this.options.kernel.now());
  }

  #report(pid: number, inodes: ReturnType<typeof namespacesOf>, time: number): void {
    for (const event of this.#changes?.update(pid, inodes, time) ?? []) this.options.changed(event);
  }

  #serve(): number {
    const now = this.options.kernel.now();
    // the source's events up to this moment come first: they say whose process it is
    this.options.refresh();
    return this.#collect(now);
  }

  /** Takes records up to this time. Later ones wait for the events of the source that tell of their processes. */
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
      // a creator that has not been looked at yet: its child is where it is
      if (!this.#everyoneIsKnown && this.#changes !== undefined)
        recordNamespaces(this.#changes, record.parent);
      // that of a job's process has been told by the source
      if (this.#changes?.of(record.child) === undefined) this.#changes?.forked(record.parent, record.child);
    } else if (record.kind === 'exit') this.#changes?.remove(record.pid);
    else if (record.kind === 'namespaces') this.#report(record.pid, record.inodes, record.time);
    else if (record.kind === 'lost') {
      this.#catchUp().catch((error: unknown) => {
        throw error;
      });
    }
  }

  /** Records were lost: what has become of everybody is looked up. */
  async #catchUp(): Promise<void> {
    const { proc, now } = this.options.kernel;
    const changes = this.#changes;
    const tell = (pid: number): void => this.#report(pid, namespacesOf(pid), now());
    await inSlices(proc.eachPid(), tell, () => this.#changes !== changes);
  }
}

/** Takes note of where a process is of which nothing is known. */
function recordNamespaces(changes: NamespaceChanges, pid: number): void {
  if (changes.of(pid) !== undefined) return;
  const inodes = namespacesOf(pid);
  // it has ended meanwhile
  if (inodes.size > 0) changes.addProcess(pid, inodes);
}

/** Undefined where perf is not allowed to watch everyone, or the kernel has no records of namespaces (before 4.12). */
function openRecords(): PerfTaskEvents | undefined {
  try {
    return PerfTaskEvents.open('everyone');
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** Whether perf may tell of everyone's namespaces here. */
function canRecordNamespaces(): boolean {
  const records = openRecords();
  records?.close();
  return records !== undefined;
}
