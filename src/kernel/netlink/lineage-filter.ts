/**
 * A kernel filter that follows a lineage: of all events of the machine, it passes only those of the
 * descendants of one process. Strangers then cost nothing: no wake-up, and no room in the receive buffer.
 *
 * It keeps a map from process to number of threads. The kernel runs the filter where it sends the event,
 * before anything else happens to that process (kernel/fork.c, kernel/exit.c), so the map is never late:
 *
 * - a process in the map forks: the child is added before it first runs;
 * - one of its threads starts or ends: it is counted, and with its last thread the process is removed;
 * - a stranger forks: an old entry with the child's pid is removed. So a reused pid is never taken for its
 *   former owner, even if an exit was not seen.
 *
 * If the map is full, the filter passes everything from that fork on: nothing is lost, but strangers cost
 * again.
 */

import { attachSocketFilter, BpfMap } from '../bpf/calls.js';
import {
  add,
  assemble,
  atomicAdd,
  call,
  copy,
  jump,
  jumpIf,
  jumpIfWord,
  label,
  leave,
  loadLong,
  loadMap,
  loadPacketWord,
  loadWord,
  set,
  storeConstant,
  storeWord,
  toHostOrder,
  type Register,
  type Step,
} from '../bpf/instructions.js';
import { SystemError } from '../system-error.js';
import { CONNECTOR_EVENTS, EVENT_DATA, WHAT } from './connector-messages.js';

/**
 * Thread count of a process whose threads were not counted from the start: it stays until its pid is reused.
 */
const UNCOUNTED = 1n << 40n;

/** The only entry of the second map: whether everything passes. */
const SWITCH = 0;

/**
 * A process, or a thread and its process: the words of an event (`EVENT_DATA`). For a fork: first the
 * parent's, then the child's.
 */
const THREAD = EVENT_DATA;
const PROCESS = EVENT_DATA + 4;
const CHILD_THREAD = EVENT_DATA + 8;
const CHILD = EVENT_DATA + 12;

/** Offsets from the top of the stack. */
const KEY = -4;
const CHILD_KEY = -8;
const SWITCH_KEY = -12;
const THREADS = -24;

const STACK: Register = 10;
const EVERYTHING = -1;

type Label =
  'accept' | 'drop' | 'fork' | 'new thread' | 'strange fork' | 'stranger' | 'process' | 'end of a thread';

/** r0 = a word of the message, in the kernel's order */
const word = (offset: number): Step<Label>[] => [loadPacketWord(offset), toHostOrder(0)];

/** r0 = the address of the value, or 0 */
const find = (map: number, key: number): Step<Label>[] => [
  loadMap(1, map),
  copy(2, STACK),
  add(2, key),
  call('lookup'),
];

/** r0 = the address of the switch, or 0 */
const findSwitch = (control: number): Step<Label>[] => [
  set(1, SWITCH),
  storeWord(STACK, SWITCH_KEY, 1),
  ...find(control, SWITCH_KEY),
];

/** Removes the process of this key from the map. */
const remove = (map: number, key: number): Step<Label>[] => [
  loadMap(1, map),
  copy(2, STACK),
  add(2, key),
  call('delete'),
];

/** Adds or subtracts one thread in the entry that this register points to. */
const count = (entry: Register, by: 1 | -1): Step<Label>[] => [set(1, by), atomicAdd(entry, 0, 1)];

/** r7: the kind of event; the key and r9: the event's process, and its entry; r8: the thread */
const read = (members: number): Step<Label>[] => [
  copy(6, 1),
  ...word(WHAT),
  copy(7, 0),
  jumpIfWord(7, CONNECTOR_EVENTS.acknowledgement, 'accept'),
  ...word(PROCESS),
  storeWord(STACK, KEY, 0),
  ...find(members, KEY),
  copy(9, 0),
  ...word(THREAD),
  copy(8, 0),
];

/**
 * Selects events of whole processes: any thread may dump core, which ends the process; for the rest only the
 * leader counts.
 */
const ofProcess: Step<Label>[] = [
  label('process'),
  jumpIfWord(7, CONNECTOR_EVENTS.coredump, 'accept'),
  loadWord(1, STACK, KEY),
  jumpIf(1, '==', { register: 8 }, 'accept'),
  label('drop'),
  set(0, 0),
  leave(),
  label('accept'),
  set(0, EVERYTHING),
  leave(),
];

const onEndOfThread = (members: number): Step<Label>[] => [
  label('end of a thread'),
  ...count(9, -1),
  loadLong(1, 9, 0),
  jumpIf(1, '!=', 0, 'process'),
  ...remove(members, KEY),
  jump('process'),
];

const onFork = (members: number, control: number): Step<Label>[] => [
  label('fork'),
  ...word(CHILD),
  storeWord(STACK, CHILD_KEY, 0),
  ...word(CHILD_THREAD),
  loadWord(1, STACK, CHILD_KEY),
  jumpIf(0, '!=', { register: 1 }, 'new thread'),
  jumpIf(9, '==', 0, 'strange fork'),
  storeConstant(STACK, THREADS, 1),
  loadMap(1, members),
  copy(2, STACK),
  add(2, CHILD_KEY),
  copy(3, STACK),
  add(3, THREADS),
  set(4, 0),
  call('update'),
  jumpIf(0, '==', 0, 'accept'),
  // no room: everything passes from now on
  ...findSwitch(control),
  jumpIf(0, '==', 0, 'accept'),
  ...count(0, 1),
  jump('accept'),
  // its parent is that of its process (CLONE_THREAD), so it is counted by its own process
  label('new thread'),
  ...find(members, CHILD_KEY),
  jumpIf(0, '==', 0, 'drop'),
  ...count(0, 1),
  jump('drop'),
];

const ofStranger = (members: number, control: number): Step<Label>[] => [
  label('strange fork'),
  ...find(members, CHILD_KEY),
  jumpIf(0, '==', 0, 'stranger'),
  ...remove(members, CHILD_KEY),
  label('stranger'),
  ...findSwitch(control),
  jumpIf(0, '==', 0, 'drop'),
  loadLong(1, 0, 0),
  jumpIf(1, '==', 0, 'drop'),
  jumpIfWord(7, CONNECTOR_EVENTS.fork, 'accept'),
  jump('process'),
];

/** @param members and `control`: descriptors of the maps */
function buildLineageFilter(members: number, control: number): Buffer {
  return assemble<Label>([
    ...read(members),
    jumpIfWord(7, CONNECTOR_EVENTS.fork, 'fork'),
    jumpIf(9, '==', 0, 'stranger'),
    jumpIfWord(7, CONNECTOR_EVENTS.exit, 'end of a thread'),
    ...ofProcess,
    ...onEndOfThread(members),
    ...onFork(members, control),
    ...ofStranger(members, control),
  ]);
}

export class LineageFilter {
  #closed = false;

  private constructor(
    private readonly members: BpfMap,
    private readonly control: BpfMap,
  ) {}

  /**
   * Makes a filter and attaches it to the socket. At first it passes everything, and follows the processes
   * that it is given.
   * @param capacity maximum number of living processes that it can follow
   * @throws SystemError EPERM without CAP_BPF; ENOSYS; EINVAL before Linux 5.1
   */
  static attach(socket: number, capacity: number): LineageFilter {
    const members = BpfMap.create('hash', capacity);
    let control: BpfMap | undefined;
    try {
      control = BpfMap.create('array', 1);
      control.set(SWITCH, 1n);
      attachSocketFilter(socket, buildLineageFilter(members.fd, control.fd));
    } catch (error) {
      members.close();
      control?.close();
      throw error;
    }
    return new LineageFilter(members, control);
  }

  /**
   * Follows this process and its forks from now on.
   * @returns false if there is no room for it
   */
  follow(pid: number): boolean {
    try {
      this.members.set(pid, UNCOUNTED);
      return true;
    } catch (error) {
      if (error instanceof SystemError && error.code === 'E2BIG') return false;
      throw error;
    }
  }

  isFollowed(pid: number): boolean {
    return this.members.get(pid) !== undefined;
  }

  /**
   * Tests whether strangers' events pass: set by `passStrangers`, or because there was no room for a process.
   */
  get strangersPass(): boolean {
    return this.control.get(SWITCH) !== 0n;
  }

  passStrangers(wanted: boolean): void {
    this.control.set(SWITCH, wanted ? 1n : 0n);
  }

  /** Closes the maps; the socket keeps filtering until it is closed itself. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.members.close();
    this.control.close();
  }
}
