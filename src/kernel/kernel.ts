/**
 * What foster asks of the kernel, as interfaces: `linux.ts` has the real ones, test/helpers/fake-kernel those for tests.
 * Only files in this folder import koffi. Every call that fails throws a `SystemError`.
 */

/** A process id together with the start time from /proc/PID/stat (field 22, clock ticks): unique where a pid recurs. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  /** see `ProcessCalls.pidfdInode`; absent where there is none */
  readonly inode?: string;
}

/** A status as wait(2) gives it: the exit status in bits 8-15, the ending signal in bits 0-6, 0x80 for a core dump. */
export type WaitStatus = number;

/** One state change of a child, seen but not yet consumed. */
export type ChildChange =
  | { readonly kind: 'ended'; readonly pid: number; readonly status: WaitStatus }
  | { readonly kind: 'stopped'; readonly pid: number; readonly signal: number }
  /** a tracee of ours, child or not, waits for its tracer: `status` is si_status, the signal with PTRACE_EVENT_* << 8 */
  | { readonly kind: 'trapped'; readonly pid: number; readonly status: number };

/** What becomes of descriptor 0, 1, 2 or a higher one in a new process. */
export interface DescriptorAction {
  /** the number in the child */
  readonly target: number;
  /** the supervisor's descriptor to duplicate onto it, or a file to open */
  readonly source: number | { readonly path: string; readonly flags: number; readonly mode?: number };
}

/** Everything about a program that can be made ready before it is started (DESIGN section 3: prepare when the job is loaded). */
export interface ProgramSpec {
  /** absolute path; PATH has been searched by the caller */
  readonly path: string;
  readonly argv: readonly string[];
  /** `KEY=VALUE` */
  readonly env: readonly string[];
  readonly directory?: string;
  /** a session (and process group) of its own; true for everything the supervisor starts except COMMAND on a terminal */
  readonly newSession: boolean;
  /** whoever starts it has something to do to it at once (a tracer): it need not have the processor first */
  readonly isAwaited?: boolean;
  /**
   * Without a session of its own: one of the supervisor's descriptors, its controlling terminal, of which the program gets
   * the foreground, in a process group of its own, before it begins.
   */
  readonly foregroundOn?: number;
  /** a target of 0, 1 or 2 that is not named here is /dev/null: none of the supervisor's own descriptors reaches a child unasked */
  readonly descriptors: readonly DescriptorAction[];
}

/** A marshalled program. It owns native memory: `release` it when the job is unloaded. */
export interface PreparedProgram {
  /**
   * Starts it with every signal at its default and none blocked. Returns the pid, at the moment in execve(2) when the
   * child lets go of our memory: for some microseconds more /proc may show our program, no arguments and no environment.
   */
  spawn(): number;
  release(): void;
}

/** Descriptor that stands for one process for as long as it is open, whatever becomes of the number. */
export interface Pidfd {
  readonly pid: number;
  /** false when the process has ended already */
  signal(signal: number): boolean;
  /** signals the process group that the process leads, even when it has ended itself; Linux 6.9+, elsewhere undefined: the caller falls back to a checked kill(-pgid) */
  signalGroup?(signal: number): boolean;
  /** exit status of a process that was not our child (PIDFD_GET_INFO, about 6.15); undefined where the kernel cannot tell */
  exitStatus(): WaitStatus | undefined;
  /** calls back once, in the event loop, when the process has ended */
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
  /** The next child that has ended or stopped (waitid P_ALL, WNOHANG, WNOWAIT); it stays to be seen until `consume`d. */
  nextChange(): ChildChange | undefined;
  /** Reaps an ended child, or takes note of a stopped one. */
  consume(change: ChildChange): void;
  /** Whether this child has ended (waitid P_PID, WNOHANG, WNOWAIT); also true of what is no child of ours. */
  hasEnded(pid: number): boolean;
  /** Reaps this child if it has ended (waitid P_PID, WNOHANG). Undefined: it lives, or is no child of ours. */
  reapEnded(pid: number): WaitStatus | undefined;
  /** kill(2) of one process; PID 1, ourselves and groups are refused. False when there is no such process. */
  kill(pid: number, signal: number): boolean;
  /** kill(2) of a process group, by its positive number; our own and PID 1's are refused. False when there is none. */
  killGroup(group: number, signal: number): boolean;
  openPidfd(pid: number): Pidfd | undefined;
  /** The inode of the process in pidfs (Linux 6.9), which no other process gets until the next boot; undefined before, or when it is gone. */
  pidfdInode(pid: number): string | undefined;
  setLimit(pid: number, limit: ResourceLimit): void;
  setPriority(pid: number, nice: number): void;
  setOomScore(pid: number, score: number): void;
  /** prctl(PR_SET_CHILD_SUBREAPER): orphans of ours become our children */
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
  /** its first thread has begun to end, and may not be a zombie yet */
  readonly exiting?: boolean;
  readonly threads: number;
  /** it has been forked and has executed no program since; missing where that is not known */
  readonly isForkOnly?: boolean;
  readonly startTime: number;
  /** address at which the stack begins, drawn at random at each exec; 0 or missing when it may not be seen */
  readonly stackStart?: number;
  /** wait status of a zombie; 0 or missing when it may not be seen */
  readonly exitCode?: number;
}

/**
 * What a process is busy with: it waits for a child to end (wait(2)), serves (it listens on a socket of its own), or sleeps
 * until a time that it has set itself.
 */
export type Occupation = 'waits' | 'serves' | 'sleeps';

/** /proc. Readers answer undefined for a process that is gone, or for what may not be read. */
export interface ProcReader {
  stat(pid: number): ProcessStat | undefined;
  /** session id; undefined when the process is gone. Much cheaper than `stat` */
  session(pid: number): number | undefined;
  /** alive: there, and neither a zombie nor dead; with `startTime` also the same process */
  isAlive(pid: number, startTime?: number): boolean;
  arguments(pid: number): readonly string[] | undefined;
  executable(pid: number): string | undefined;
  environment(pid: number): ReadonlyMap<string, string> | undefined;
  children(pid: number): readonly number[];
  /** soft limit of real-time CPU time (RLIMIT_RTTIME) in microseconds; undefined when unlimited. Readable of any uid. */
  realtimeLimit(pid: number): number | undefined;
  /**
   * What a living process is busy with; undefined where nothing tells, or nothing may be seen.
   * @param other a descendant: a socket that both have open is not the first one's own
   */
  occupation(pid: number, other: number): Occupation | undefined;
  /** a signal is pending that will end it before it runs its program again */
  isAboutToBeKilled(pid: number): boolean;
  /** real, effective, saved and file system user id */
  uids(pid: number): readonly number[] | undefined;
  pids(): readonly number[];
  /** the same, listed while they are gone through: a machine may have 100,000 (every-process.ts) */
  eachPid(): Iterable<number>;
  /**
   * Nanoseconds for which the machine has been suspended: start times count them, CLOCK_MONOTONIC does not
   * (clock_gettime(2)). Never negative: a container manager may show the container's own uptime in the place of the
   * machine's (lxcfs).
   */
  suspended(): number;
}

/** Descriptors in Node's own event loop (DESIGN section 3, uv_poll). */
export interface DescriptorWatcher {
  /** Calls back on the main thread whenever `fd` is readable, until disposed. An exception in the callback reaches the fatal path. */
  onReadable(fd: number, callback: () => void): Watch;
  /** The same whenever `fd` has an exceptional condition, such as a change of the mounts that /proc/self/mountinfo lists. */
  onException(fd: number, callback: () => void): Watch;
}

/** A watched descriptor. It keeps the program running, as a socket does, unless `unref`ed. */
export interface Watch extends Disposable {
  /** calls back no more until `resume`; level triggered, so nothing is missed */
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

/** Calls on files and descriptors that Node does not offer. All descriptors they make are close-on-exec. */
export interface FileCalls {
  /** mkfifo(3); `mode` is subject to the umask */
  makeFifo(path: string, mode: number): void;
  /** pipe2(2): the reading end is non-blocking, the writing end (for a job) is blocking */
  makePipe(): { readonly read: number; readonly write: number };
  /** memfd_create(2), sealed: a file without a name that holds `content` and that everyone who is given it may re-open and read */
  makeMemoryFile(name: string, content: Uint8Array): number;
  /** A pseudo terminal whose output is left as it is (no CR LF); `controller` is non-blocking. */
  openTerminal(): { readonly controller: number; readonly terminal: number };
  /** flock(2), exclusive, without waiting: false when somebody else holds it; kept as long as the descriptor is open */
  lock(fd: number): boolean;
  /** read(2) of a non-blocking descriptor: the number of bytes, 0 at the end, undefined when nothing is there now */
  readNow(fd: number, buffer: Buffer): number | undefined;
  /** how many bytes wait in a pipe or FIFO */
  unreadBytes(fd: number): number;
  /**
   * tee(2): copies what a pipe holds into another, and leaves it there.
   * @returns the number of bytes, 0 at the end, undefined when nothing is there now
   */
  tee(from: number, to: number, count: number): number | undefined;
  /** splice(2): moves bytes from a pipe to a place in a file, in one step; returns as `tee` does */
  splice(from: number, to: number, offset: number, count: number): number | undefined;
  /** takes bytes out of a pipe that are there and not wanted any more */
  discard(from: number, count: number): void;
  /** Writes as much as goes without waiting, without touching the (shared) file status flags. 0: nothing goes now. */
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
