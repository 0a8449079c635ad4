/**
 * A kernel for tests: a table of processes that are forked, exec'd and ended by hand, with time by hand. It records what
 * was started and signalled. Descriptors are plain numbers that `makeReadable` wakes.
 */

import { FakeFiles } from './files.js';
import { ENOENT, systemError } from '../../../src/kernel/errno.js';
import { ProcessTable } from './process-table.js';
import type {
  ChildChange,
  DescriptorWatcher,
  Disposable,
  Kernel,
  Occupation,
  PeerCredentials,
  Pidfd,
  PreparedProgram,
  ProcessCalls,
  ProcReader,
  ProgramSpec,
  ResourceLimit,
  Watch,
} from '../../../src/kernel/kernel.js';
import { isLiving } from '../../../src/kernel/proc/process-status.js';

export interface SentSignal {
  /** negative: a process group */
  readonly pid: number;
  readonly signal: number;
}

export class FakeKernel implements Kernel {
  /** in the order of the calls */
  readonly spawned: { readonly pid: number; readonly spec: ProgramSpec }[] = [];
  readonly signals: SentSignal[] = [];
  readonly limits: { readonly pid: number; readonly limit: ResourceLimit }[] = [];
  readonly priorities = new Map<number, number>();
  readonly oomScores = new Map<number, number>();
  /** by pid; nobody inherits them here */
  readonly realtimeLimits = new Map<number, number>();
  /** processes with a fatal signal pending */
  readonly doomed = new Set<number>();
  /** by pid; root's where it is not set */
  readonly uids = new Map<number, number>();
  /** by pid: of pidfds; a kernel without pidfs has none */
  readonly inodes = new Map<number, string>();
  /** by pid: what a process is busy with */
  readonly occupations = new Map<number, Occupation>();
  isSubreaper = false;

  /** the processes: fork, exec, setsid, exit and stop them here */
  readonly table: ProcessTable;
  readonly files = new FakeFiles();
  readonly descriptors = new FakeDescriptors();
  /** what `peerCredentials` answers */
  peer: PeerCredentials = { pid: 1, uid: 0, gid: 0 };

  private time = 0;
  private readonly missing = new Set<string>();
  private reaction: ((sent: SentSignal) => void) | undefined;

  /** @param ownPid the supervisor's */
  constructor(readonly ownPid = 1) {
    this.table = new ProcessTable(ownPid, () => this.now());
  }

  now(): number {
    return this.time;
  }

  /** @param nanoseconds by which the clock goes on; nothing happens by itself */
  advance(nanoseconds: number): void {
    this.time += nanoseconds;
  }

  /** Makes every later start of this program fail with ENOENT. */
  removeProgram(path: string): void {
    this.missing.add(path);
  }

  /** What the processes do about signals, for instance ending; nothing when it is not set. */
  onSignal(reaction: (sent: SentSignal) => void): void {
    this.reaction = reaction;
  }

  peerCredentials(): PeerCredentials {
    return this.peer;
  }

  readonly processes: ProcessCalls = {
    prepare: (spec) => this.prepare(spec),
    nextChange: () => this.table.nextChange(),
    consume: (change: ChildChange) => this.table.consume(change),
    hasEnded: (pid: number) => this.table.hasEnded(pid),
    reapEnded: (pid: number) => this.table.reapEnded(pid),
    kill: (pid, signal) => this.kill(pid, signal),
    killGroup: (group, signal) => this.killGroup(group, signal),
    pidfdInode: (pid) => this.inodes.get(pid),
    openPidfd: (pid) => (this.table.has(pid) ? this.pidfd(pid) : undefined),
    setLimit: (pid, limit) => void this.limits.push({ pid, limit }),
    setPriority: (pid, nice) => void this.priorities.set(pid, nice),
    setOomScore: (pid, score) => void this.oomScores.set(pid, score),
    becomeSubreaper: () => {
      this.isSubreaper = true;
    },
  };

  readonly proc: ProcReader = {
    stat: (pid) => this.table.stat(pid),
    session: (pid) => this.table.stat(pid)?.session,
    isAlive: (pid, startTime) => {
      const stat = this.table.stat(pid);
      return (
        stat !== undefined && isLiving(stat) && (startTime === undefined || stat.startTime === startTime)
      );
    },
    arguments: (pid) => this.table.living(pid)?.argv,
    executable: (pid) => this.table.living(pid)?.executable,
    environment: (pid) => this.table.living(pid)?.environment,
    children: (pid) => this.table.childrenOf(pid),
    mainThreadChildren: (pid) => this.table.childrenOf(pid),
    pids: () => this.table.pids(),
    eachPid: () => this.table.pids(),
    realtimeLimit: (pid) => this.realtimeLimits.get(pid),
    isAboutToBeKilled: (pid) => this.doomed.has(pid),
    uids: (pid) => (this.table.has(pid) ? Array<number>(4).fill(this.uids.get(pid) ?? 0) : undefined),
    occupation: (pid) => this.occupations.get(pid),
    suspended: () => 0,
  };

  private prepare(spec: ProgramSpec): PreparedProgram {
    return {
      spawn: () => {
        if (this.missing.has(spec.path)) throw systemError('posix_spawn', ENOENT, `start ${spec.path}`);
        const pid = this.table.spawn(spec);
        this.spawned.push({ pid, spec });
        return pid;
      },
      release: () => undefined,
    };
  }

  private kill(pid: number, signal: number): boolean {
    if (pid <= 1) throw new RangeError(`refused to signal pid ${pid}`);
    const there = this.table.has(pid);
    if (there) this.deliver({ pid, signal });
    return there;
  }

  private killGroup(group: number, signal: number): boolean {
    if (group <= 1) throw new RangeError(`refused to signal process group ${group}`);
    const there = this.table.groupMembers(group).length > 0;
    if (there) this.deliver({ pid: -group, signal });
    return there;
  }

  private deliver(sent: SentSignal): void {
    this.signals.push(sent);
    this.reaction?.(sent);
  }

  private pidfd(pid: number): Pidfd {
    const startTime = this.table.stat(pid)?.startTime;
    const isSame = (): boolean => this.table.stat(pid)?.startTime === startTime;
    return {
      pid,
      signal: (signal) => {
        if (!isSame()) return false;
        this.deliver({ pid, signal });
        return true;
      },
      signalGroup: (signal) => {
        if (this.table.groupMembers(pid).length === 0) return false;
        this.deliver({ pid: -pid, signal });
        return true;
      },
      exitStatus: () => this.table.statusOf(pid),
      onEnd: (callback): Disposable => this.table.onEnd(pid, callback),
      close: () => undefined,
    };
  }
}

/** Descriptors wake only when a test says so. */
class FakeDescriptors implements DescriptorWatcher {
  private readonly callbacks = new Map<number, () => void>();

  onReadable(fd: number, callback: () => void): Watch {
    this.callbacks.set(fd, callback);
    return {
      pause: () => void this.callbacks.delete(fd),
      resume: () => void this.callbacks.set(fd, callback),
      ref: () => undefined,
      unref: () => undefined,
      dispose: () => void this.callbacks.delete(fd),
    };
  }

  onException(fd: number, callback: () => void): Watch {
    return this.onReadable(fd, callback);
  }

  /** @returns false when nobody watches it */
  makeReadable(fd: number): boolean {
    const callback = this.callbacks.get(fd);
    callback?.();
    return callback !== undefined;
  }
}
