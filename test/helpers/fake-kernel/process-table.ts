/** The processes of a `FakeKernel`, with Linux's rules for parents, zombies and orphans. */

import type {
  ChildChange,
  Disposable,
  ProcessStat,
  ProgramSpec,
  WaitStatus,
} from '../../../src/kernel/kernel.js';

interface FakeProcess {
  readonly pid: number;
  readonly startTime: number;
  comm: string;
  argv: readonly string[];
  executable: string;
  environment: ReadonlyMap<string, string>;
  state: 'S' | 'T' | 'Z';
  parent: number;
  group: number;
  session: number;
  threads: number;
  exiting: boolean;
  /** a stop that no wait has reported yet */
  unreportedStop: number | undefined;
  status: WaitStatus;
}

/** clock ticks of /proc/PID/stat in a second */
const TICKS = 100;
const NANOSECONDS = 1e9;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class ProcessTable {
  private readonly processes = new Map<number, FakeProcess>();
  private readonly statuses = new Map<number, WaitStatus>();
  private readonly endListeners = new Map<number, Set<() => void>>();
  private lastPid: number;

  constructor(
    private readonly supervisor: number,
    private readonly now: () => number,
  ) {
    this.lastPid = supervisor;
    this.add(supervisor, 0, { path: '/sbin/foster', argv: ['foster'], env: [] });
  }

  /** A child of the supervisor that has exec'd. @returns its pid */
  spawn(spec: Pick<ProgramSpec, 'path' | 'argv' | 'env' | 'newSession'>): number {
    const pid = ++this.lastPid;
    const process = this.add(pid, this.supervisor, spec);
    const leader = this.get(this.supervisor);
    process.session = spec.newSession ? pid : leader.session;
    process.group = spec.newSession ? pid : leader.group;
    return pid;
  }

  /** @param pid the child's, when a test wants a certain one (a recurring one, for instance) @returns the child's */
  fork(parent: number, pid = this.lastPid + 1): number {
    const from = this.get(parent);
    this.lastPid = Math.max(this.lastPid, pid);
    this.processes.set(pid, {
      ...from,
      pid,
      parent,
      startTime: this.startTime(),
      state: 'S',
      threads: 1,
      exiting: false,
      unreportedStop: undefined,
    });
    this.statuses.delete(pid);
    return pid;
  }

  exec(pid: number, path: string, argv: readonly string[] = [path]): void {
    const process = this.get(pid);
    process.executable = path;
    process.comm = baseName(path).slice(0, 15);
    process.argv = argv;
  }

  setsid(pid: number): void {
    const process = this.get(pid);
    process.session = pid;
    process.group = pid;
  }

  setThreads(pid: number, threads: number): void {
    this.get(pid).threads = threads;
  }

  /** Its last thread is on its way out: not yet a zombie. */
  beginExit(pid: number): void {
    this.get(pid).exiting = true;
  }

  /** Ends a process: its children become the supervisor's, and it stays a zombie until its parent has waited. */
  exit(pid: number, status: WaitStatus = 0): void {
    const process = this.get(pid);
    process.state = 'Z';
    process.status = status;
    this.statuses.set(pid, status);
    for (const child of this.processes.values()) if (child.parent === pid) child.parent = this.supervisor;
    const listeners = this.endListeners.get(pid) ?? [];
    this.endListeners.delete(pid);
    for (const listener of listeners) listener();
  }

  /** A parent other than the supervisor has waited for it. */
  reap(pid: number): void {
    this.processes.delete(pid);
  }

  stop(pid: number, signal: number): void {
    const process = this.get(pid);
    process.state = 'T';
    process.unreportedStop = signal;
  }

  continue(pid: number): void {
    const process = this.get(pid);
    process.state = 'S';
    process.unreportedStop = undefined;
  }

  nextChange(): ChildChange | undefined {
    for (const { pid, parent, state, status, unreportedStop } of this.processes.values()) {
      if (parent !== this.supervisor) continue;
      if (state === 'Z') return { kind: 'ended', pid, status };
      if (unreportedStop !== undefined) return { kind: 'stopped', pid, signal: unreportedStop };
    }
    return undefined;
  }

  consume(change: ChildChange): void {
    if (change.kind === 'ended') this.processes.delete(change.pid);
    else this.get(change.pid).unreportedStop = undefined;
  }

  hasEnded(pid: number): boolean {
    const process = this.processes.get(pid);
    return process?.parent !== this.supervisor || process.state === 'Z';
  }

  reapEnded(pid: number): WaitStatus | undefined {
    const process = this.processes.get(pid);
    if (process?.state !== 'Z' || process.parent !== this.supervisor) return undefined;
    this.processes.delete(pid);
    return process.status;
  }

  /** also a zombie */
  has(pid: number): boolean {
    return this.processes.has(pid);
  }

  stat(pid: number): ProcessStat | undefined {
    const process = this.processes.get(pid);
    if (process === undefined) return undefined;
    const { comm, state, parent, group, session, threads, exiting, startTime } = process;
    return { pid, comm, state, parent, group, session, terminal: 0, threads, exiting, startTime };
  }

  living(pid: number): Pick<FakeProcess, 'argv' | 'executable' | 'environment'> | undefined {
    const process = this.processes.get(pid);
    return process?.state === 'Z' ? undefined : process;
  }

  childrenOf(pid: number): readonly number[] {
    return [...this.processes.values()]
      .filter((process) => process.parent === pid)
      .map((process) => process.pid);
  }

  groupMembers(group: number): readonly number[] {
    return [...this.processes.values()]
      .filter((process) => process.group === group)
      .map((process) => process.pid);
  }

  pids(): readonly number[] {
    return [...this.processes.keys()].sort((a, b) => a - b);
  }

  /** of an ended process, also after it was reaped */
  statusOf(pid: number): WaitStatus | undefined {
    return this.statuses.get(pid);
  }

  onEnd(pid: number, callback: () => void): Disposable {
    const listeners = this.endListeners.get(pid) ?? new Set();
    this.endListeners.set(pid, listeners.add(callback));
    return { dispose: () => void listeners.delete(callback) };
  }

  private get(pid: number): FakeProcess {
    const process = this.processes.get(pid);
    if (process === undefined) throw new Error(`the fake kernel has no process ${pid}`);
    return process;
  }

  private startTime(): number {
    return Math.floor((this.now() / NANOSECONDS) * TICKS);
  }

  private add(pid: number, parent: number, program: Pick<ProgramSpec, 'path' | 'argv' | 'env'>): FakeProcess {
    const process: FakeProcess = {
      pid,
      startTime: this.startTime(),
      comm: baseName(program.path).slice(0, 15),
      argv: program.argv,
      executable: program.path,
      environment: new Map(
        program.env.map((entry): [string, string] => [
          entry.slice(0, entry.indexOf('=')),
          entry.slice(entry.indexOf('=') + 1),
        ]),
      ),
      state: 'S',
      parent,
      group: pid,
      session: pid,
      threads: 1,
      exiting: false,
      unreportedStop: undefined,
      status: 0,
    };
    this.processes.set(pid, process);
    return process;
  }
}
