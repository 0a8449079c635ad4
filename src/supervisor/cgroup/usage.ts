/**
 * Reads what the processes of a group use (cgroup-v2.rst; cgroup-v1/memory.rst, cpuacct.rst, pids.rst,
 * blkio-controller.rst).
 */
import type { CgroupHierarchy } from '../../kernel/cgroup/layout.js';

export interface GroupUsage {
  /** bytes, page cache included */
  readonly memory?: number;
  readonly memoryPeak?: number;
  /** bytes; null for no limit */
  readonly memoryLimit?: number | null;
  /** processor time in microseconds since the group was made */
  readonly cpu?: number;
  /** how long cpu.max kept its processes from running, in microseconds */
  readonly cpuThrottled?: number;
  /** processes and threads */
  readonly tasks?: number;
  readonly tasksLimit?: number | null;
  /** bytes read from and written to block devices */
  readonly ioRead?: number;
  readonly ioWritten?: number;
}

/** Counts of events in a group since it was made. */
export interface GroupCounts {
  /** processes that the kernel killed because the group reached its memory limit */
  readonly oomKills?: number;
  /** times that the group exceeded memory.high; version 2 only */
  readonly memoryHigh?: number;
  /** times that the group reached its memory limit */
  readonly memoryMax?: number;
}

/** Returns the text of a file of the group in this hierarchy; undefined if there is none. */
export type ReadFile = (file: string) => string | undefined;

/** Without a limit, version 1 has 2^63, rounded down to pages. */
const NO_LIMIT_1 = 2 ** 62;

/** @param read reads files of the job's group in that hierarchy */
export function usageOf(groups: readonly (readonly [CgroupHierarchy, ReadFile])[]): GroupUsage {
  const usage: GroupUsage = {};
  // version 1 last: a controller that it has is not available in version 2
  for (const [{ version }, read] of [...groups].sort(([a], [b]) => b.version - a.version)) {
    Object.assign(usage, stated(version === 2 ? usage2(read) : usage1(read)));
  }
  return usage;
}

export function countsOf(groups: readonly (readonly [CgroupHierarchy, ReadFile])[]): GroupCounts {
  const counts: GroupCounts = {};
  for (const [{ version }, read] of groups)
    Object.assign(counts, stated(version === 2 ? counts2(read) : counts1(read)));
  return counts;
}

/** Parses `KEY VALUE` lines, as in cpu.stat, memory.events and cgroup.events */
export function flatKeyed(text: string | undefined): ReadonlyMap<string, number> {
  const entries = (text ?? '').split('\n').map((line) => line.split(' '));
  return new Map(
    entries.flatMap(([key, value]) => (key && value ? [[key, Number(value)] as [string, number]] : [])),
  );
}

function usage2(read: ReadFile): Optional<GroupUsage> {
  const cpu = flatKeyed(read('cpu.stat'));
  const io = ioOf(read('io.stat'), /\brbytes=(\d+)/g, /\bwbytes=(\d+)/g);
  return {
    memory: number(read('memory.current')),
    memoryPeak: number(read('memory.peak')),
    memoryLimit: limit(read('memory.max')),
    cpu: cpu.get('usage_usec'),
    cpuThrottled: cpu.get('throttled_usec'),
    tasks: number(read('pids.current')),
    tasksLimit: limit(read('pids.max')),
    ...io,
  };
}

function usage1(read: ReadFile): Optional<GroupUsage> {
  const nanoseconds = number(read('cpuacct.usage'));
  const throttled = flatKeyed(read('cpu.stat')).get('throttled_time');
  const io = ioOf(read('blkio.throttle.io_service_bytes'), /^\S+ Read (\d+)/gm, /^\S+ Write (\d+)/gm);
  return {
    memory: number(read('memory.usage_in_bytes')),
    memoryPeak: number(read('memory.max_usage_in_bytes')),
    memoryLimit: limit(read('memory.limit_in_bytes')),
    cpu: nanoseconds === undefined ? undefined : Math.round(nanoseconds / 1000),
    cpuThrottled: throttled === undefined ? undefined : Math.round(throttled / 1000),
    tasks: number(read('pids.current')),
    tasksLimit: limit(read('pids.max')),
    ...io,
  };
}

function counts2(read: ReadFile): Optional<GroupCounts> {
  const events = flatKeyed(read('memory.events'));
  return { oomKills: events.get('oom_kill'), memoryHigh: events.get('high'), memoryMax: events.get('max') };
}

function counts1(read: ReadFile): Optional<GroupCounts> {
  const control = flatKeyed(read('memory.oom_control'));
  return { oomKills: control.get('oom_kill'), memoryMax: number(read('memory.failcnt')) };
}

type Optional<Fields> = { readonly [Field in keyof Fields]: Fields[Field] | undefined };

function stated<Fields extends object>(fields: Optional<Fields>): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}

function number(text: string | undefined): number | undefined {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
}

function limit(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  const value = number(text);
  return value === undefined || value >= NO_LIMIT_1 ? null : value;
}

function ioOf(
  text: string | undefined,
  read: RegExp,
  written: RegExp,
): Pick<Optional<GroupUsage>, 'ioRead' | 'ioWritten'> {
  if (text === undefined) return { ioRead: undefined, ioWritten: undefined };
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, amount]) => total + Number(amount), 0);
  return { ioRead: sum(read), ioWritten: sum(written) };
}
