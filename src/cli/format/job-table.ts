/** Formats the table of `foster list`. */
import type { JobUsage } from '../../supervisor/api/usage.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { bytes, shortProcessorTime } from './usage.js';
import { conditionOf, reasonOf, SHADES, upSince } from './condition.js';
import type { Line } from './line.js';
import { jobTitle } from './status-line.js';
import { shownTitles, table, type Column } from './table.js';
import { shortDuration } from './time.js';

/**
 * Enough for `respawning too fast: terminated with s…`: a shorter reason says too little, and the file or
 * `status` has the rest.
 */
const LEAST_REASON = 32;

interface Row {
  readonly job: JobStatus;
  readonly usage: JobUsage | undefined;
}

interface JobTableOptions {
  /** undefined: lines may have any length */
  readonly width: number | undefined;
  /** milliseconds since 1970 */
  readonly now: number;
}

export function jobTable(
  jobs: readonly JobStatus[],
  usages: readonly JobUsage[],
  { width, now }: JobTableOptions,
): readonly Line[] {
  const byTitle = new Map(usages.map((usage) => [jobTitle(usage), usage]));
  const rows = jobs.map((job): Row => {
    const usage = byTitle.get(jobTitle(job));
    // a job in backoff has no process and uses nothing
    return { job, usage: usage === undefined || usage.tasks === 0 ? undefined : usage };
  });
  const columns = columnsAt(now);
  const options = { width, leastLast: LEAST_REASON };
  return table(rows, withUptime(columns, shownTitles(rows, columns, options), now), options);
}

/**
 * Moves the uptime into the last column when there is no room for its own column: users look for it first.
 */
export function withUptime<Row extends { readonly job: JobStatus }>(
  columns: readonly Column<Row>[],
  shown: readonly string[],
  now: number,
): readonly Column<Row>[] {
  if (shown.includes('UP')) return columns;
  return columns
    .filter(({ title }) => title !== 'UP')
    .map((column) =>
      column.title === 'REASON'
        ? { ...column, cell: (row) => reasonWithUptime(row.job, column.cell(row), now) }
        : column,
    );
}

/** Puts trouble first, and the uptime of a running job. */
function reasonWithUptime(job: JobStatus, reason: string, now: number): string {
  const parts = conditionOf(job) === 'running' ? [uptime(job, now), reason] : [reason, uptime(job, now)];
  return parts.filter(isText).join('; ');
}

function uptime(job: JobStatus, now: number): string {
  const since = upSince(job);
  return since === undefined ? '' : `up ${shortDuration(now - since)}`;
}

function isText(text: string): boolean {
  return text !== '';
}

/** Returns the columns; their importance follows what users look for first. */
function columnsAt(now: number): readonly Column<Row>[] {
  const { state, up, restarts, pid, memory, reason } = sharedColumns<Row>(now);
  return [
    { title: 'NAME', cell: ({ job }) => jobTitle(job) },
    state,
    { ...up, importance: 5 },
    { ...restarts, importance: 4 },
    { ...pid, importance: 2 },
    { ...memory, importance: 3 },
    {
      title: 'CPU',
      align: 'right',
      importance: 1,
      cell: ({ usage }) => ifKnown(usage?.cpu, shortProcessorTime),
    },
    reason,
  ];
}

/** Returns the columns that `foster list` and `foster top` share; each decides how important they are to it. */
export function sharedColumns<Shown extends Row>(now: number) {
  return {
    state: {
      title: 'STATE',
      cell: ({ job }) => conditionOf(job),
      shade: ({ job }) => SHADES[conditionOf(job)],
    },
    up: {
      title: 'UP',
      align: 'right',
      cell: ({ job }) => ifKnown(upSince(job), (since) => shortDuration(now - since)),
    },
    restarts: {
      title: 'RESTARTS',
      align: 'right',
      cell: ({ job }) => (job.respawns === 0 ? '' : String(job.respawns)),
    },
    pid: { title: 'PID', align: 'right', cell: ({ job }) => (job.main === null ? '' : String(job.main)) },
    memory: { title: 'MEMORY', align: 'right', cell: ({ usage }) => ifKnown(usage?.memory, bytes) },
    reason: { title: 'REASON', cell: ({ job }) => reasonOf(job, now) },
  } satisfies Record<string, Column<Shown>>;
}

/** Formats a value; an unknown one leaves the cell empty. */
export function ifKnown<Value>(value: Value | undefined, show: (value: Value) => string): string {
  return value === undefined ? '' : show(value);
}
