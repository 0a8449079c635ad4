/** Formats the resource usage of jobs for `foster top` and `foster status`. */
import type { GroupStatus } from '../../supervisor/cgroup/job-groups.js';
import type { JobUsage } from '../../supervisor/api/usage.js';
import { plainText } from './line.js';
import { jobTitle } from './status-line.js';
import { table, type Column } from './table.js';
import { shortDuration } from './time.js';

/** The usage of all jobs at one moment. */
export interface UsageSample {
  readonly jobs: readonly JobUsage[];
  /** milliseconds of a monotonic clock */
  readonly at: number;
}

/**
 * Returns the table of `foster top`, the busiest job first.
 * @param before the previous sample, for CPU%; without one the column shows a dash
 * @param width of the terminal: the least important columns are left out when space is short
 */
export function usageTable(
  now: UsageSample,
  before: UsageSample | undefined,
  width: number | undefined,
): readonly string[] {
  const rows = now.jobs
    .map((job) => ({ job, share: shareOf(job, now, before) }))
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0) || b.job.memory - a.job.memory);
  return table(rows, COLUMNS, { width }).map(plainText);
}

interface Row {
  readonly job: JobUsage;
  readonly share: number | undefined;
}

function numbers(title: string, importance: number, cell: (row: Row) => string): Column<Row> {
  return { title, importance, cell, align: 'right' };
}

function amount(value: number | null): string {
  return value === null ? '-' : bytes(value);
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'JOB', cell: ({ job }) => (job.frozen ? `${jobTitle(job)} [frozen]` : jobTitle(job)) },
  numbers('CPU%', 7, ({ share }) => (share === undefined ? '-' : share.toFixed(1))),
  numbers('CPU', 5, ({ job }) => processorTime(job.cpu)),
  numbers('MEMORY', 6, ({ job }) => amount(job.memory)),
  numbers('LIMIT', 3, ({ job }) => amount(job.memoryLimit)),
  numbers('TASKS', 4, ({ job }) => String(job.tasks)),
  numbers('READ', 2, ({ job }) => amount(job.ioRead)),
  numbers('WRITTEN', 1, ({ job }) => amount(job.ioWritten)),
];

/** Returns the CPU usage in percent: 200 means two CPUs all the time. */
export function shareOf(
  job: JobUsage,
  now: UsageSample,
  before: UsageSample | undefined,
): number | undefined {
  const former = before?.jobs.find(({ name, instance }) => name === job.name && instance === job.instance);
  if (former === undefined || before === undefined || now.at <= before.at) return undefined;
  // a restarted job counts from zero again
  return Math.max(0, (job.cpu - former.cpu) / ((now.at - before.at) * 10));
}

/** Returns `memory 36M of 100M, cpu 0.42 s, tasks 3 of 64`; undefined when the kernel counts nothing. */
export function usageLine({ usage, frozen }: GroupStatus): string | undefined {
  const { memory, memoryLimit, memoryPeak, cpu, cpuThrottled, tasks, tasksLimit } = usage;
  const of = (limit: number | null | undefined, show: (value: number) => string): string =>
    limit === null || limit === undefined ? '' : ` of ${show(limit)}`;
  const parts = [
    frozen ? 'frozen' : undefined,
    memory === undefined ? undefined : `memory ${bytes(memory)}${of(memoryLimit, bytes)}`,
    memoryPeak === undefined ? undefined : `peak ${bytes(memoryPeak)}`,
    cpu === undefined ? undefined : `cpu ${processorTime(cpu)}`,
    cpuThrottled === undefined || cpuThrottled === 0 ? undefined : `withheld ${processorTime(cpuThrottled)}`,
    tasks === undefined ? undefined : `tasks ${tasks}${of(tasksLimit, String)}`,
  ];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join(', ');
}

const UNITS = ['B', 'K', 'M', 'G', 'T'];

/** Returns bytes in powers of 1024 with at most three digits: `512K`, `1.5M`. */
export function bytes(amount: number): string {
  let [value, unit] = [amount, 0];
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit === 0 || value >= 10 ? String(Math.round(value)) : value.toFixed(1);
  return `${text}${UNITS[unit]!}`;
}

/** Returns CPU time: `0.42 s`, `13 s`, `2 min 5 s`. */
export function processorTime(microseconds: number): string {
  const seconds = microseconds / 1e6;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Returns CPU time for the cell of a table: `0.42s`, `13s`, `2m05s`, `3h20m`. */
export function shortProcessorTime(microseconds: number): string {
  return microseconds < 10e6 ? `${(microseconds / 1e6).toFixed(2)}s` : shortDuration(microseconds / 1000);
}
