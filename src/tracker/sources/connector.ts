/**
 * The proc connector as an event source: it sees everything from the first fork on, in the kernel's order.
 * Works on the host, and in containers that share its pid and network namespace (DESIGN section 4).
 */

import type { Kernel } from '../../kernel/kernel.js';
import type { ConnectorRecord, ForkRecord } from '../../kernel/netlink/connector-messages.js';
import { ConnectorSocket } from '../../kernel/netlink/connector-socket.js';
import { PacedReader } from '../../kernel/netlink/paced-reader.js';
import type { ExecEvent, ExitEvent, ProcessEvent } from '../events.js';
import { CAPABILITIES, type EventSource } from './source.js';
import { LeaderExits } from './leader-exits.js';
import { UnrelatedFilter } from './unrelated-filter.js';

type Deliver = (events: readonly ProcessEvent[]) => void;

/** The connector is open and delivers. */
interface Listening {
  readonly socket: ConnectorSocket;
  readonly reader: PacedReader;
  readonly deliver: Deliver;
  readonly strangers: UnrelatedFilter;
}

export class ConnectorSource implements EventSource {
  readonly name = 'connector';
  readonly capabilities = CAPABILITIES.connector;
  private listening: Listening | undefined;
  private readonly leaderExits: LeaderExits;
  /**
   * launchers and their descendants: /proc is read only for these, because events of the whole machine arrive
   */
  private readonly followed = new Set<number>();
  private events: ProcessEvent[] = [];
  /** see EventSource.watchMachine */
  private watchesMachine = false;

  /** @param readsAllPrograms read programs and arguments of every process, not only of followed ones */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'processes' | 'descriptors' | 'now'>,
    private readonly readsAllPrograms = false,
  ) {
    this.leaderExits = new LeaderExits(kernel, (event) => {
      // queued events are older than the exit that the pidfd reported
      this.collect();
      this.ended(event);
      this.flush();
    });
  }

  /** @throws SystemError or NotAcknowledgedError, as `ConnectorSocket.open` */
  start(deliver: Deliver): void {
    if (this.listening !== undefined) throw new Error('the connector source has been started already');
    const socket = ConnectorSocket.open();
    const reader = new PacedReader(
      this.kernel.descriptors,
      [socket.fd],
      () => {
        const count = this.collect();
        this.flush();
        return count;
      },
      () => this.watchesMachine,
    );
    // the programs of all processes require the events of all processes
    const strangers = UnrelatedFilter.of(socket, this.readsAllPrograms ? undefined : process.pid);
    this.listening = { socket, reader, deliver, strangers };
    reader.start();
  }

  drain(): void {
    this.collect();
    for (const event of this.leaderExits.takeEnded()) this.ended(event);
    this.flush();
  }

  follow(pid: number): void {
    this.followed.add(pid);
    // each event of a starting program would wake foster, too; an exit still drains at once
    this.listening?.reader.rest();
  }

  scanStarted(): void {
    this.listening?.strangers.pass('scan');
  }

  scanFinished(living: Iterable<number>): void {
    for (const pid of living) this.followed.add(pid);
    this.listening?.strangers.setOurs('scan', this.followed);
  }

  watchMachine(wanted: boolean): void {
    this.watchesMachine = wanted;
    if (wanted) this.listening?.strangers.pass('listener');
    else this.listening?.strangers.removeReason('listener');
  }

  stop(): void {
    this.listening?.reader.stop();
    this.listening?.socket.close();
    this.listening = undefined;
    this.leaderExits.clear();
    this.followed.clear();
    this.events = [];
  }

  /** Reads what the kernel has queued. @returns the number of events */
  private collect(): number {
    if (this.listening === undefined) return 0;
    const { socket, strangers } = this.listening;
    const { count, overflowed } = socket.read((record) => this.take(record));
    if (overflowed) this.overflow();
    strangers.wasRead(this.followed);
    return count;
  }

  /** Delivers what has been collected. */
  private flush(): void {
    const { events } = this;
    if (events.length === 0) return;
    this.events = [];
    this.listening?.deliver(events);
  }

  private overflow(): void {
    for (const pid of this.followed) if (!this.kernel.proc.isAlive(pid)) this.followed.delete(pid);
    this.leaderExits.clear();
    this.events.push({ type: 'overflow', time: this.kernel.now() });
  }

  private take(record: Exclude<ConnectorRecord, { kind: 'acknowledgement' }>): void {
    const { cpu, sequence, time } = record;
    const origin = { cpu, sequence, time };
    switch (record.kind) {
      case 'fork':
        this.forked(record);
        break;
      case 'exec':
        this.leaderExits.forget(record.pid);
        this.events.push(this.exec(record.pid, origin));
        break;
      case 'uid':
      case 'gid': {
        const { kind: type, pid, real, effective } = record;
        this.events.push({ type, ...origin, pid, real, effective });
        break;
      }
      case 'sid':
      case 'coredump':
        this.events.push({ type: record.kind, ...origin, pid: record.pid });
        break;
      case 'ptrace':
        this.events.push({ type: 'ptrace', ...origin, pid: record.pid, tracer: record.tracer });
        break;
      case 'comm':
        this.events.push({ type: 'comm', ...origin, pid: record.pid, comm: record.comm });
        break;
      case 'exit': {
        const { pid, status, parent } = record;
        const event: ExitEvent = { type: 'exit', ...origin, pid, status, parent };
        if (!(this.wants(pid) && this.leaderExits.hold(event))) this.ended(event);
        break;
      }
    }
  }

  /** Processes a fork; a fork by any thread is reported under its process. */
  private forked({ cpu, sequence, time, parent, child }: ForkRecord): void {
    const former = this.leaderExits.takeReplaced(child);
    if (former !== undefined) this.ended(former);
    if (this.followed.has(parent)) {
      this.followed.add(child);
      this.listening?.strangers.forked(child);
    } else this.listening?.strangers.unrelatedForked(parent);
    this.events.push({ type: 'fork', cpu, sequence, time, parent, child });
  }

  /**
   * Makes an exec event. Program and arguments are read immediately: the process may exec again or end at any
   * moment.
   */
  private exec(pid: number, origin: Pick<ExecEvent, 'cpu' | 'sequence' | 'time'>): ExecEvent {
    if (!this.wants(pid)) return { type: 'exec', ...origin, pid };
    const argv = this.kernel.proc.arguments(pid);
    const executable = this.kernel.proc.executable(pid);
    return {
      type: 'exec',
      ...origin,
      pid,
      ...(argv !== undefined && { argv }),
      ...(executable !== undefined && { executable }),
    };
  }

  private ended(event: ExitEvent): void {
    this.followed.delete(event.pid);
    this.events.push(event);
  }

  private wants(pid: number): boolean {
    return this.followed.has(pid) || this.watchesMachine || this.readsAllPrograms;
  }
}
