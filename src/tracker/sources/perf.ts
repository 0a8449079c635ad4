/**
 * perf's task records as an event source: forks, execs, exits, names and namespaces of everything that the
 * supervisor started, in every pid namespace, without privileges. Records contain no sessions and no exit
 * statuses. Sessions are read from /proc; statuses come from wait, or from a pidfd held while a job starts.
 *
 * perf sees only descendants of this program, and none of a process whose rights an exec has changed. The
 * rest is found in /proc, as in the procfs source.
 */
import type { Kernel, WaitStatus } from '../../kernel/kernel.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import { PacedReader } from '../../kernel/netlink/paced-reader.js';
import type { PerfRecord } from '../../kernel/perf/records.js';
import { PerfTaskEvents } from '../../kernel/perf/task-events.js';
import type { ExitEvent, Nanoseconds, ProcessEvent, SidEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';
import { CAPABILITIES, type EventSource } from './source.js';
import { BlindSpots } from './blind-spots.js';
import { EarlyStatuses } from './early-statuses.js';
import { LeaderExits } from './leader-exits.js';
import { NamespaceChanges } from '../namespaces/changes.js';
import { readKnowledge } from '../namespaces/knowledge.js';
import { ReapedStatuses } from './reaped-statuses.js';
import { ScanSchedule } from './scan-schedule.js';
import { SessionWatch } from './session-watch.js';

/**
 * If an exec changes a process's rights, perf's last record of it follows within this time, in the same
 * system call. A real exit takes longer, because the program has to be mapped into memory first.
 */
const RIGHTS_CHANGE_DELAY: Nanoseconds = 150e3;

type Deliver = (events: readonly ProcessEvent[]) => void;

interface Listening {
  readonly records: PerfTaskEvents;
  readonly reader: PacedReader;
  readonly deliver: Deliver;
  readonly tracker: TrackerView;
}

export class PerfSource implements EventSource {
  readonly name = 'perf';
  readonly capabilities = CAPABILITIES.perf;
  #listening: Listening | undefined;
  /** launchers and their descendants */
  readonly #sessions: SessionWatch;
  readonly #namespaces: NamespaceChanges;
  readonly #leaderExits: LeaderExits;
  readonly #statuses: EarlyStatuses;
  readonly #blindSpots: BlindSpots;
  readonly #schedule: ScanSchedule;
  readonly #reaped = new ReapedStatuses();
  /** time of the last exec of processes without a later record */
  readonly #execs = new Map<number, Nanoseconds>();
  #events: ProcessEvent[] = [];
  /** records read since the reader last asked */
  #count = 0;
  #again: NodeJS.Immediate | undefined;

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'processes' | 'descriptors' | 'now'>) {
    this.#namespaces = new NamespaceChanges(readKnowledge(kernel, () => false));
    this.#sessions = new SessionWatch(kernel.proc);
    this.#statuses = new EarlyStatuses(kernel);
    this.#blindSpots = new BlindSpots(kernel, () => this.#readQueue());
    this.#schedule = new ScanSchedule(() => this.#lookForSessions());
    this.#leaderExits = new LeaderExits(kernel, (event) => {
      // queued events are older than the exit that the pidfd reported
      this.#collect();
      this.#ended(event);
      this.#flush();
    });
  }

  /** @throws SystemError as `PerfTaskEvents.open` */
  start(deliver: Deliver, tracker: TrackerView): void {
    if (this.#listening !== undefined) throw new Error('the perf source has been started already');
    const records = PerfTaskEvents.open();
    const reader = new PacedReader(this.kernel.descriptors, records.descriptors, () => this.#serve());
    this.#listening = { records, reader, deliver, tracker };
    this.#blindSpots.start(deliver, tracker);
    reader.start();
  }

  drain(): void {
    this.#readQueue();
    this.#blindSpots.drain();
  }

  follow(pid: number): void {
    this.#sessions.add(pid, pid);
    this.#blindSpots.launched(pid);
    this.#statuses.begin(pid);
    this.#schedule.begin();
  }

  onSettled(launcher: number): void {
    this.#statuses.end(launcher);
  }

  beforeReap(pid: number, status: WaitStatus): void {
    this.#reaped.note(pid, status);
    this.#blindSpots.beforeReap(pid);
  }

  stop(): void {
    this.#listening?.reader.stop();
    this.#listening?.records.close();
    this.#listening = undefined;
    clearImmediate(this.#again);
    this.#schedule.dispose();
    this.#blindSpots.stop();
    this.#leaderExits.clear();
    this.#statuses.clear();
    this.#sessions.clear();
    this.#namespaces.clear();
    this.#reaped.clear();
    this.#execs.clear();
    this.#events = [];
  }

  #readQueue(): void {
    this.#collect();
    for (const event of this.#leaderExits.takeEnded()) this.#ended(event);
    this.#flush();
  }

  /** @returns the number of records since the last call, including those found by a drain */
  #serve(): number {
    this.#collect();
    this.#flush();
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  #collect(): void {
    const { records } = this.#listening ?? {};
    if (records === undefined) return;
    this.#count += records.read(this.kernel.now(), (record) => this.#take(record));
    this.#reaped.wasRead();
    if (records.hasMore) {
      this.#again ??= setImmediate(() => {
        this.#again = undefined;
        this.#collect();
        this.#flush();
      });
    }
  }

  /**
   * Looks up sessions before anything is delivered: a decision may follow at once. @returns the time taken
   */
  #lookForSessions(): Nanoseconds {
    const began = this.kernel.now();
    this.#flush();
    return this.kernel.now() - began;
  }

  #flush(): void {
    this.#events.push(...this.#unreported(this.#sessions.checkAll(this.kernel.now())));
    const events = this.#events;
    if (events.length === 0) return;
    this.#events = [];
    this.#listening?.deliver(events);
  }

  #take(record: PerfRecord): void {
    const { cpu, time } = record;
    if (record.kind === 'lost') {
      this.#lost({ type: 'overflow', cpu, time, lost: record.count });
      return;
    }
    if (record.kind === 'fork') {
      if (this.#sessions.has(record.parent)) this.#forked(record);
      return;
    }
    const { pid } = record;
    if (!this.#sessions.has(pid)) return;
    const execed = this.#execs.get(pid);
    this.#execs.delete(pid);
    switch (record.kind) {
      case 'exec':
        this.#leaderExits.forget(pid);
        this.#execs.set(pid, time);
        this.#execed(record);
        break;
      case 'comm':
        this.#events.push({ type: 'comm', cpu, time, pid, comm: record.comm });
        break;
      case 'namespaces':
        this.#events.push(...this.#namespaces.update(pid, record.inodes, time));
        break;
      case 'exit': {
        if (execed !== undefined && time - execed < RIGHTS_CHANGE_DELAY) return this.#markLost(pid);
        // also reported for a process that lives on: its first thread has exited, or an exec has changed its
        // rights
        const event: ExitEvent = { type: 'exit', cpu, time, pid, parent: record.parent };
        if (this.#reaped.has(pid) || !this.#leaderExits.hold(event)) this.#ended(event);
        else if (!this.#isEnding(pid)) this.#markLost(pid);
        break;
      }
    }
  }

  /**
   * Marks a process as lost: an exec has changed its rights (a setuid program), and perf reports neither it
   * nor its forks any more. It may already have ended, but no record says when, and its children must be
   * found before that is known.
   */
  #markLost(pid: number): void {
    this.#leaderExits.forget(pid);
    this.#sessions.remove(pid);
    this.#namespaces.remove(pid);
    this.#blindSpots.lost(pid);
  }

  #isEnding(pid: number): boolean {
    const stat = this.kernel.proc.stat(pid);
    return stat === undefined || stat.exiting === true || !isLiving(stat);
  }

  #forked({ cpu, time, parent, child }: Extract<PerfRecord, { kind: 'fork' }>): void {
    this.#execs.delete(parent);
    this.#execs.delete(child);
    const former = this.#leaderExits.takeReplaced(child);
    if (former !== undefined) this.#ended(former);
    this.#events.push(...this.#sessions.forked(parent, child, time));
    this.#events.push({ type: 'fork', cpu, time, parent, child });
    this.#namespaces.forked(parent, child);
    this.#statuses.forked(parent, child);
  }

  /**
   * Processes an exec. Program and session are read immediately: the process may exec again or end at any
   * moment.
   */
  #execed({ cpu, time, pid, comm }: Extract<PerfRecord, { kind: 'exec' }>): void {
    const argv = this.kernel.proc.arguments(pid);
    const executable = this.kernel.proc.executable(pid);
    const { before, after } = this.#sessions.execed(pid, { argv, executable }, comm, time, false);
    const program = { ...(argv !== undefined && { argv }), ...(executable !== undefined && { executable }) };
    this.#events.push(...this.#unreported(before), { type: 'exec', cpu, time, pid, ...program });
    this.#events.push(...this.#unreported(after));
  }

  /** Filters out session changes that a look at a blind spot has already reported. */
  #unreported(changes: readonly SidEvent[]): readonly SidEvent[] {
    const { lineage } = this.#listening?.tracker ?? {};
    return changes.filter(({ pid }) => lineage?.get(pid)?.session.id !== pid);
  }

  #ended(event: ExitEvent): void {
    const { pid } = event;
    const status = event.status ?? this.#reaped.take(pid) ?? this.#statuses.take(pid);
    this.#sessions.remove(pid);
    this.#namespaces.remove(pid);
    this.#events.push(status === undefined ? event : { ...event, status });
  }

  /**
   * Reports lost records, which makes the tracker rebuild the lineage from /proc, and resumes with the
   * result.
   */
  #lost(event: ProcessEvent): void {
    this.#events.push(event);
    this.#leaderExits.clear();
    setImmediate(() => {
      for (const { pid, session, ended } of this.#listening?.tracker.lineage.all() ?? []) {
        if (ended === undefined && !this.#sessions.has(pid)) this.#sessions.add(pid, session.id);
      }
    });
  }
}
