/**
 * What foster needs from the kernel, as interfaces. `linux.ts` implements them, test/helpers/fake-kernel
 * replaces them in tests. Only files in this folder import koffi. Every failed call throws a `SystemError`.
 */

/**
 * A process id with the start time from /proc/PID/stat (field 22, clock ticks): unique even if the pid is
 * reused.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  /** see `ProcessCalls.pidfdInode`; undefined if not available */
  readonly inode?: string;
}

/**
 * A status as wait(2) reports it: the exit status in bits 8-15, the ending signal in bits 0-6, 0x80 for a
 * core dump.
 */
export type WaitStatus = number;

/** One state change of a child, seen but not yet consumed. */
export type ChildChange =
  | { readonly kind: 'ended'; readonly pid: number; readonly status: WaitStatus }
  | { readonly kind: 'stopped'; readonly pid: number; readonly signal: number }
  /**
   * a tracee of ours, child or not, waits for its tracer: `status` is si_status, the signal with
   * PTRACE_EVENT_* << 8
   */
  | { readonly kind: 'trapped'; readonly pid: number; readonly status: number };

/** Sets up descriptor 0, 1, 2 or a higher one in a new process. */
export interface DescriptorAction {
  /** the number in the child */
  readonly target: number;
  /** the supervisor's descriptor to duplicate onto it, or a file to open */
  readonly source: number | { readonly path: string; readonly flags: number; readonly mode?: number };
}

/**
 * Everything about a program that can be prepared before it is started (DESIGN section 3: prepare when the
 * job is loaded).
 */
export interface ProgramSpec {
  /** absolute path; PATH has been searched by the caller */
  readonly path: string;
  readonly argv: readonly string[];
  /** `KEY=VALUE` */
  readonly env: readonly string[];
  readonly directory?: string;
  /** whether it gets its own session (and process group); true for everything except COMMAND on a terminal */
  readonly newSession: boolean;
  /** the caller acts on it at once (a tracer), so the child need not get the processor first */
  readonly isAwaited?: boolean;
  /**
   * Without its own session: a descriptor of the supervisor's controlling terminal. The program starts in its
   * own process group, in the foreground of that terminal.
   */
  readonly foregroundOn?: number;
  /**
   * a target of 0, 1 or 2 that is missing here becomes /dev/null: no descriptor of the supervisor reaches a
   * child by accident
   */
  readonly descriptors: readonly DescriptorAction[];
}

/** A marshalled program. It owns native memory: `release` it when the job is unloaded. */
export interface PreparedProgram {
  /**
   * Starts it, with every signal at its default and none blocked. Returns the pid at the moment in execve(2)
   * when the child releases our memory: for some more microseconds, /proc may show our program, no arguments
   * and no environment.
   */
  spawn(): number;
  release(): void;
}

/** A descriptor that refers to one process as long as it is open, even if the pid is reused. */
export interface Pidfd {
  readonly pid: number;
  /** false if the process has already ended */
  signal(signal: number): boolean;
  /**
   * signals the process group led by the process, even after its end; Linux 6.9+, otherwise undefined: the
   * caller falls back to a checked kill(-pgid)
   */
  signalGroup?(signal: number): boolean;
  /**
   * exit status of a process that was not our child (PIDFD_GET_INFO, Linux 6.15); undefined if the kernel
   * does not report it
   */
  exitStatus(): WaitStatus | undefined;
  /** calls back once, from the event loop, when the process has ended */
  onEnd(callback: () => void): Disposable;
  close(): void;
}

export interface ResourceLimit {
  /** `nofile`, `core`, ... as in the `limit` stanza */
  readonly resource: string;
  readonly soft: number | 'unlimited';
  readonly hard: number | 'unlimited';
}

export interface ProcessCalls {
  prepare(spec: ProgramSpec): PreparedProgram;
  /**
   * Returns the next child that has ended or stopped (waitid P_ALL, WNOHANG, WNOWAIT), until it is
   * `consume`d.
   */
  nextChange(): ChildChange | undefined;
  /** Reaps an ended child, or acknowledges a stopped one. */
  consume(change: ChildChange): void;
  /**
   * Tests whether this child has ended (waitid P_PID, WNOHANG, WNOWAIT); also true for a process that is not
   * our child.
   */
  hasEnded(pid: number): boolean;
  /** Reaps this child if it has ended (waitid P_PID, WNOHANG). Undefined: it is alive, or not our child. */
  reapEnded(pid: number): WaitStatus | undefined;
  /**
   * Signals one process (kill(2)); refuses PID 1, ourselves and groups. Returns false if there is no such
   * process.
   */
  kill(pid: number, signal: number): boolean;
  /**
   * Signals a process group (kill(2)) by its positive number; refuses our own and PID 1's. Returns false if
   * there is none.
   */
  killGroup(group: number, signal: number): boolean;
  openPidfd(pid: number): Pidfd | undefined;
  /**
   * Returns the inode of the process in pidfs (Linux 6.9), which is unique until the next boot; undefined on
   * older kernels, or if it is gone.
   */
  pidfdInode(pid: number): string | undefined;
  setLimit(pid: number, limit: ResourceLimit): void;
  setPriority(pid: number, nice: number): void;
  setOomScore(pid: number, score: number): void;
  /** prctl(PR_SET_CHILD_SUBREAPER): our orphans become our children */
  becomeSubreaper(): void;
}

export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  /** one letter: R S D Z T X ... */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly terminal: number;
  /** its first thread has begun to exit, and may not be a zombie yet */
  readonly exiting?: boolean;
  readonly threads: number;
  /** it was forked and has not exec'd since; undefined if unknown */
  readonly isForkOnly?: boolean;
  readonly startTime: number;
  /** start address of the stack, random at each exec; 0 or undefined if hidden */
  readonly stackStart?: number;
  /** wait status of a zombie; 0 or undefined if hidden */
  readonly exitCode?: number;
}

/**
 * What a process is doing: it waits for a child (wait(2)) or for a signal (sigsuspend(2)), serves (it listens on a socket of
 * its own), or sleeps until a time that it has set itself.
 */
export type Occupation = 'waits' | 'awaits-signal' | 'serves' | 'sleeps';

/** Reads /proc. Readers return undefined for a process that is gone, or for what may not be read. */
export interface ProcReader {
  stat(pid: number): ProcessStat | undefined;
  /** session id; undefined if the process is gone. Much cheaper than `stat` */
  session(pid: number): number | undefined;
  /**
   * whether it exists and is neither a zombie nor dead; with `startTime`, also whether it is the same process
   */
  isAlive(pid: number, startTime?: number): boolean;
  arguments(pid: number): readonly string[] | undefined;
  executable(pid: number): string | undefined;
  environment(pid: number): ReadonlyMap<string, string> | undefined;
  children(pid: number): readonly number[];
  /**
   * the children of its main thread: what that thread has forked, and every orphan that it adopts, which the kernel gives to
   * a process's first living thread. One file, where `children` reads one for each thread.
   */
  mainThreadChildren(pid: number): readonly number[];
  /**
   * soft limit of real-time CPU time (RLIMIT_RTTIME) in microseconds; undefined if unlimited. Readable for
   * any uid.
   */
  realtimeLimit(pid: number): number | undefined;
  /**
   * Returns what a living process is doing; undefined if unknown or hidden.
   * @param other a descendant: a socket that both have open does not count as the first one's own
   */
  occupation(pid: number, other: number): Occupation | undefined;
  /** whether a pending signal will end it before it runs its program again */
  isAboutToBeKilled(pid: number): boolean;
  /** real, effective, saved and file system user id */
  uids(pid: number): readonly number[] | undefined;
  pids(): readonly number[];
  /** the same, listed lazily: a machine may have 100,000 (every-process.ts) */
  eachPid(): Iterable<number>;
  /**
   * Nanoseconds for which the machine has been suspended: start times include them, CLOCK_MONOTONIC does not
   * (clock_gettime(2)). Never negative, although a container manager may show the container's uptime instead
   * of the machine's (lxcfs).
   */
  suspended(): number;
}

/** Watches descriptors in Node's own event loop (DESIGN section 3, uv_poll). */
export interface DescriptorWatcher {
  /**
   * Calls back on the main thread whenever `fd` is readable, until disposed. An exception in the callback
   * reaches the fatal path.
   */
  onReadable(fd: number, callback: () => void): Watch;
  /** Calls back whenever `fd` has an exceptional condition, such as a change in /proc/self/mountinfo. */
  onException(fd: number, callback: () => void): Watch;
}

/** A watched descriptor. It keeps the program running, as a socket does, unless `unref`ed. */
export interface Watch extends Disposable {
  /** stops callbacks until `resume`; level triggered, so nothing is missed */
  pause(): void;
  resume(): void;
  ref(): void;
  unref(): void;
}

/** Something to release. (TypeScript's own Disposable needs a newer runtime than Node 20.) */
export interface Disposable {
  dispose(): void;
}

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Calls on files and descriptors that Node does not offer. All resulting descriptors are close-on-exec. */
export interface FileCalls {
  /** mkfifo(3); `mode` is subject to the umask */
  makeFifo(path: string, mode: number): void;
  /** pipe2(2): the reading end is non-blocking, the writing end (for a job) is blocking */
  makePipe(): { readonly read: number; readonly write: number };
  /**
   * memfd_create(2), sealed: an unnamed file with this content, which every process that gets it may re-open
   * and read
   */
  makeMemoryFile(name: string, content: Uint8Array): number;
  /** A pseudo terminal that does not change its output (no CR LF); `controller` is non-blocking. */
  openTerminal(): { readonly controller: number; readonly terminal: number };
  /**
   * flock(2), exclusive, without waiting: false if another process holds it; kept as long as the descriptor
   * is open
   */
  lock(fd: number): boolean;
  /**
   * read(2) of a non-blocking descriptor: the number of bytes, 0 at the end, undefined if there are no data
   * now
   */
  readNow(fd: number, buffer: Buffer): number | undefined;
  /** number of unread bytes in a pipe or FIFO */
  unreadBytes(fd: number): number;
  /**
   * tee(2): copies the contents of a pipe into another, without consuming them.
   * @returns the number of bytes, 0 at the end, undefined if there are no data now
   */
  tee(from: number, to: number, count: number): number | undefined;
  /** splice(2): moves bytes from a pipe to a position in a file, in one step; returns as `tee` does */
  splice(from: number, to: number, offset: number, count: number): number | undefined;
  /** consumes unwanted bytes of a pipe */
  discard(from: number, count: number): void;
  /**
   * Writes as much as possible without waiting, without changing the (shared) file status flags. 0: nothing
   * can be written now.
   */
  writeNow(fd: number, bytes: Uint8Array): number;
}

export interface Kernel {
  readonly processes: ProcessCalls;
  readonly files: FileCalls;
  readonly proc: ProcReader;
  readonly descriptors: DescriptorWatcher;
  /** CLOCK_MONOTONIC in nanoseconds, the clock of the proc connector */
  now(): number;
  /** SO_PEERCRED of a connected Unix socket */
  peerCredentials(fd: number): PeerCredentials;
}
