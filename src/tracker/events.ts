/**
 * The one event stream that all sources feed (DESIGN section 4). Threads never appear: a source drops or
 * folds them. Fields are those of the proc connector (drivers/connector/cn_proc.c); other sources omit what
 * they cannot see.
 */

/** CLOCK_MONOTONIC in nanoseconds. A double is exact for 104 days of uptime, and to 2 ns after that. */
export type Nanoseconds = number;

/** An event's position in the kernel's order; only the connector and perf know it. */
export interface EventOrigin {
  readonly cpu?: number;
  readonly sequence?: number;
}

interface Event extends EventOrigin {
  readonly time: Nanoseconds;
}

export interface ForkEvent extends Event {
  readonly type: 'fork';
  readonly parent: number;
  readonly child: number;
}
export interface ExecEvent extends Event {
  readonly type: 'exec';
  readonly pid: number;
  /** read from /proc when the event was received; undefined if the process was already gone */
  readonly argv?: readonly string[];
  readonly executable?: string;
}
export interface SidEvent extends Event {
  readonly type: 'sid';
  readonly pid: number;
}
export interface IdentityEvent extends Event {
  readonly type: 'uid' | 'gid';
  readonly pid: number;
  readonly real: number;
  readonly effective: number;
}
export interface CommEvent extends Event {
  readonly type: 'comm';
  readonly pid: number;
  readonly comm: string;
}
export interface PtraceEvent extends Event {
  readonly type: 'ptrace';
  readonly pid: number;
  /** 0 on detach */
  readonly tracer: number;
  /** on detach: the process that traced it, if known */
  readonly formerTracer?: number;
}
export interface CoredumpEvent extends Event {
  readonly type: 'coredump';
  readonly pid: number;
}
export interface NamespaceEvent extends Event {
  readonly type: 'namespace';
  readonly pid: number;
  readonly kind: 'pid' | 'net' | 'mnt' | 'uts' | 'ipc' | 'cgroup' | 'user' | 'time';
  readonly old: number | undefined;
  readonly new: number;
  readonly reason: 'clone' | 'unshare' | 'setns' | 'unknown';
}
export interface ExitEvent extends Event {
  readonly type: 'exit';
  readonly pid: number;
  /** raw wait status; undefined if the source does not know it (perf) */
  readonly status?: number;
  /** the process that may wait for it, after reparenting */
  readonly parent?: number;
}
/** Made by the lineage: `pid` was reparented because its parent `formerParent` ended. */
export interface AdoptedEvent extends Event {
  readonly type: 'adopted';
  readonly pid: number;
  readonly formerParent: number;
  /** its new parent: the nearest living subreaper above it, or init; undefined if nobody has looked */
  readonly newParent?: number;
}
/** The source lost events. The lineage is rebuilt from /proc before anything else is decided. */
export interface OverflowEvent extends Event {
  readonly type: 'overflow';
  /** how many, if the kernel reports it */
  readonly lost?: number;
}

export type ProcessEvent =
  | ForkEvent
  | ExecEvent
  | SidEvent
  | IdentityEvent
  | CommEvent
  | PtraceEvent
  | CoredumpEvent
  | NamespaceEvent
  | ExitEvent
  | AdoptedEvent
  | OverflowEvent;

export type ProcessEventType = ProcessEvent['type'];
