/**
 * pidfds (pidfd_open(2), Linux 5.3). A pidfd refers to one process even if its pid is reused, signals it
 * without hitting a successor, becomes readable at its exit, and reports the status of a process that was
 * never our child.
 */

import { closeSync, fstatSync, statfsSync } from 'node:fs';

import { EINVAL, ENOENT, ENOSYS, ESRCH } from '../errno.js';
import type { DescriptorWatcher, Disposable, Pidfd, WaitStatus } from '../kernel.js';
import { lastError, lazily, libc, SYS_PIDFD_OPEN, SYS_PIDFD_SEND_SIGNAL } from '../libc.js';
import { ownCapabilities } from './capabilities.js';
import { NumberedProcess } from './numbered-process.js';
import { readProcRecord, descriptorPath } from '../proc/proc-file.js';
import { parseStat } from '../proc/procfs.js';
import { isShortage } from '../shortage.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    pidfdOpen: declare('long', 'syscall', ['long', 'int', 'unsigned int']),
    pidfdSendSignal: declare('long', 'syscall', ['long', 'int', 'int', 'void *', 'unsigned int']),
    ioctl: declare('int', 'ioctl', ['int', 'unsigned long', 'void *']),
  };
});

const NO_PROCESS = new Set([ESRCH, EINVAL, ENOENT]);

/** <linux/pidfd.h>, Linux 6.9 */
const PIDFD_SIGNAL_PROCESS_GROUP = 4;

/**
 * struct pidfd_info as of Linux 6.13, still without exit status; later kernels accept this size
 * (PIDFD_INFO_SIZE_VER0).
 */
const PIDFD_INFO_SIZE = 64;
const PIDFD_INFO_EXIT_CODE = 60;
/** `mask` bit, Linux 6.15: the status; the kernel sets it once the process has been reaped */
const PIDFD_INFO_EXIT = 1n << 3n;
/** _IOWR(0xff, 11, struct pidfd_info) */
const PIDFD_GET_INFO = ((3 << 30) >>> 0) | (PIDFD_INFO_SIZE << 16) | (0xff << 8) | 11;

/**
 * Opens a pidfd. If no descriptor or kernel memory is left, the process is identified by its number for now,
 * so that it can still be ended.
 * @returns undefined if there is no such process (a zombie still has one)
 * @throws SystemError ENOSYS before Linux 5.3
 */
export function openPidfd(pid: number, watcher: DescriptorWatcher): Pidfd | undefined {
  try {
    return open(pid, watcher);
  } catch (error) {
    if (!isShortage(error)) throw error;
    const again = (): Pidfd | undefined => openIfPossible(pid, watcher);
    return NumberedProcess.of(pid, again, () => zombieStatus(pid));
  }
}

function openIfPossible(pid: number, watcher: DescriptorWatcher): Pidfd | undefined {
  try {
    return open(pid, watcher);
  } catch (error) {
    if (!isShortage(error)) throw error;
    return undefined;
  }
}

function open(pid: number, watcher: DescriptorWatcher): Pidfd | undefined {
  const fd = calls().pidfdOpen(SYS_PIDFD_OPEN, pid, 0);
  if (fd >= 0) return supportsGroups() ? new GroupPidfd(pid, fd, watcher) : new LinuxPidfd(pid, fd, watcher);
  // EINVAL, from Linux 6.16 on ENOENT: the number is a thread's, not a process's. In a storm of processes it
  // is mostly gone, so no error with a stack trace is made
  if (NO_PROCESS.has(libc().koffi.errno())) return undefined;
  throw lastError('pidfd_open', `watch process ${pid}`);
}

/** <linux/magic.h>, Linux 6.9; before, all pidfds have one anonymous inode */
const PID_FS_MAGIC = 0x50494446;

/** See ProcessCalls.pidfdInode. */
export function pidfdInode(pid: number): string | undefined {
  return hasPidfs() ? withPidfd(pid, (fd) => String(fstatSync(fd, { bigint: true }).ino)) : undefined;
}

const hasPidfs = lazily(
  () => withPidfd(process.pid, (fd) => statfsSync(descriptorPath(fd)).type === PID_FS_MAGIC) === true,
);

/**
 * Calls `use` with a pidfd; undefined if there is none: the result is additional proof, which may be missing.
 */
function withPidfd<T>(pid: number, use: (fd: number) => T): T | undefined {
  const fd = calls().pidfdOpen(SYS_PIDFD_OPEN, pid, 0);
  if (fd < 0) return undefined;
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** What pidfds can do on this kernel. */
export interface PidfdFeatures {
  /** pidfd_open(2), Linux 5.3 */
  readonly open: boolean;
  /** pidfd_send_signal(2), Linux 5.1 */
  readonly signal: boolean;
  /** PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9 */
  readonly group: boolean;
  /** PIDFD_GET_INFO, Linux 6.13; with the exit status from 6.15 on */
  readonly info: boolean;
}

/** Tests the features on this process itself, with signal 0. */
export function pidfdFeatures(): PidfdFeatures {
  const { pidfdOpen, pidfdSendSignal, ioctl } = calls();
  const fd = pidfdOpen(SYS_PIDFD_OPEN, process.pid, 0);
  if (fd < 0) return { open: false, signal: false, group: false, info: false };
  try {
    return {
      open: true,
      signal: pidfdSendSignal(SYS_PIDFD_SEND_SIGNAL, fd, 0, null, 0) === 0,
      group: supportsGroups(),
      info: ioctl(fd, PIDFD_GET_INFO, allocatePinned(PIDFD_INFO_SIZE)) === 0,
    };
  } finally {
    closeSync(fd);
  }
}

/** Sends signal 0 to our own group: EINVAL if the kernel does not know the flag. */
const supportsGroups = lazily((): boolean => {
  const fd = calls().pidfdOpen(SYS_PIDFD_OPEN, process.pid, 0);
  if (fd < 0) return false;
  try {
    const result = calls().pidfdSendSignal(SYS_PIDFD_SEND_SIGNAL, fd, 0, null, PIDFD_SIGNAL_PROCESS_GROUP);
    const errno = libc().koffi.errno();
    return result === 0 || (errno !== EINVAL && errno !== ENOSYS);
  } finally {
    closeSync(fd);
  }
});

class LinuxPidfd implements Pidfd {
  private watch: Disposable | undefined;
  private readonly listeners = new Set<() => void>();
  private closed = false;

  constructor(
    readonly pid: number,
    readonly fd: number,
    private readonly watcher: DescriptorWatcher,
  ) {}

  signal(signal: number): boolean {
    return this.send(signal, 0);
  }

  protected send(signal: number, flags: number): boolean {
    if (this.closed) throw new Error(`signal process ${this.pid}: its pidfd has been closed`);
    if (calls().pidfdSendSignal(SYS_PIDFD_SEND_SIGNAL, this.fd, signal, null, flags) === 0) return true;
    const whom = flags === 0 ? 'process' : 'process group';
    const error = lastError('pidfd_send_signal', `send signal ${signal} to ${whom} ${this.pid}`);
    if (error.errno === ESRCH) return false;
    throw error;
  }

  /**
   * Returns the status. After the reaping, the pidfd has it; while it is a zombie, /proc has it; and it may
   * be reaped in between.
   */
  exitStatus(): WaitStatus | undefined {
    return this.reapedStatus() ?? zombieStatus(this.pid) ?? this.reapedStatus();
  }

  private reapedStatus(): WaitStatus | undefined {
    const info = allocatePinned(PIDFD_INFO_SIZE);
    const view = viewOf(info);
    view.setBigUint64(0, PIDFD_INFO_EXIT, HOST_IS_LITTLE_ENDIAN);
    // fails with ENOTTY or EINVAL on an older kernel, and with ESRCH for a process of another pid namespace
    if (calls().ioctl(this.fd, PIDFD_GET_INFO, info) !== 0) return undefined;
    const known = view.getBigUint64(0, HOST_IS_LITTLE_ENDIAN) & PIDFD_INFO_EXIT;
    return known === 0n ? undefined : view.getInt32(PIDFD_INFO_EXIT_CODE, HOST_IS_LITTLE_ENDIAN);
  }

  onEnd(callback: () => void): Disposable {
    if (this.closed) throw new Error(`watch process ${this.pid}: its pidfd has been closed`);
    const listener = (): void => callback();
    this.listeners.add(listener);
    // libuv allows one watch per descriptor, so all listeners share it
    this.watch ??= this.watcher.onReadable(this.fd, () => this.ended());
    return {
      dispose: () => {
        this.listeners.delete(listener);
        if (this.listeners.size === 0) this.stopWatching();
      },
    };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.listeners.clear();
    this.stopWatching();
    closeSync(this.fd);
  }

  private ended(): void {
    this.stopWatching();
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener();
  }

  private stopWatching(): void {
    this.watch?.dispose();
    this.watch = undefined;
  }
}

/**
 * Returns the status of a process that has ended according to its pidfd. Without permission, /proc shows 0.
 */
function zombieStatus(pid: number): WaitStatus | undefined {
  const file = readProcRecord(`/proc/${pid}/stat`);
  const stat = file && parseStat(file);
  if (stat?.state !== 'Z' || stat.exitCode === undefined) return undefined;
  return stat.exitCode !== 0 || maySeeEverything() ? stat.exitCode : undefined;
}

const maySeeEverything = lazily((): boolean => ownCapabilities().has('SYS_PTRACE'));

/** Linux 6.9 and later */
class GroupPidfd extends LinuxPidfd {
  signalGroup(signal: number): boolean {
    return this.send(signal, PIDFD_SIGNAL_PROCESS_GROUP);
  }
}
