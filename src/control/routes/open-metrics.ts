/** Formats GET /v1/metrics: OpenMetrics text, for Prometheus and others. Pure. */
import type { SupervisorReport } from '../../supervisor/api/report.js';
import type { JobUsage } from '../../supervisor/api/usage.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { HistogramView } from '../../supervisor/histogram.js';
import type { Measures } from '../../supervisor/measures.js';

export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** foster's own process. */
export interface OwnUsage {
  /** seconds of processor time */
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
  /** seconds in which its event loop worked, and waited; measured without waking up */
  readonly loop: { readonly active: number; readonly idle: number };
}

interface MetricsInput {
  readonly jobs: readonly JobStatus[];
  readonly usage: readonly JobUsage[];
  readonly report: Pick<SupervisorReport, 'version' | 'tracker' | 'since' | 'counts'>;
  readonly measures: Measures;
  readonly own: OwnUsage;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

export function openMetrics({ jobs, usage, report, measures, own }: MetricsInput): string {
  return [
    ...ofJobs(jobs),
    ...ofRuns(measures),
    ...ofUsage(usage),
    ...ofFoster(report, measures, own),
    '# EOF\n',
  ].join('');
}

/** Returns a sample for each job. */
function each<Item extends { readonly name: string; readonly instance: string }>(
  items: readonly Item[],
  value: (item: Item) => number,
): readonly Sample[] {
  return items.map((item) => [{ job: item.name, instance: item.instance }, value(item)]);
}

function ofJobs(jobs: readonly JobStatus[]): readonly string[] {
  return [
    family('foster_jobs', 'gauge', 'Jobs by state.', byState(jobs)),
    family(
      'foster_job_running',
      'gauge',
      '1: the job runs.',
      each(jobs, ({ state }) => (state === 'running' ? 1 : 0)),
    ),
    family(
      'foster_job_failed',
      'gauge',
      '1: its last run has failed.',
      each(jobs, ({ failure }) => (failure === undefined ? 0 : 1)),
    ),
    family(
      'foster_job_respawns',
      'counter',
      'Respawns since the job was started.',
      each(jobs, ({ respawns }) => respawns),
    ),
  ];
}

function ofUsage(usage: readonly JobUsage[]): readonly string[] {
  const known = usage.filter(({ cpu, memory }) => Number.isFinite(cpu) && Number.isFinite(memory));
  return [
    family(
      'foster_job_cpu_seconds',
      'counter',
      'Processor time of the job.',
      each(known, ({ cpu }) => cpu / 1e6),
    ),
    family(
      'foster_job_memory_bytes',
      'gauge',
      'Memory of the job.',
      each(known, ({ memory }) => memory),
    ),
    family(
      'foster_job_tasks',
      'gauge',
      'Processes and threads of the job.',
      each(known, ({ tasks }) => tasks),
    ),
  ];
}

/** Returns the metrics of foster itself. */
function ofFoster(
  { version, tracker, since, counts }: MetricsInput['report'],
  { timerLateness }: Measures,
  own: OwnUsage,
): readonly string[] {
  return [
    family('foster', 'info', 'The version and the source of process events.', [[{ version, tracker }, 1]]),
    family('foster_start_time_seconds', 'gauge', 'When this foster began, since 1970.', [
      [{}, Date.parse(since) / 1000],
    ]),
    ...Object.entries(counts).map(([name, count]: [string, number]) =>
      family(`foster_tracker_${snake(name)}`, 'counter', `Of the source of process events: ${name}.`, [
        [{}, count],
      ]),
    ),
    family('foster_event_loop_seconds', 'counter', "Time of foster's event loop.", [
      [{ doing: 'work' }, own.loop.active],
      [{ doing: 'wait' }, own.loop.idle],
    ]),
    histogram(
      'foster_timer_lateness_seconds',
      'How late timers of jobs were: the event loop was held up.',
      timerLateness,
    ),
    family('process_cpu_seconds', 'counter', 'Processor time of foster itself.', [[{}, own.cpu]]),
    family('process_resident_memory_bytes', 'gauge', 'Memory of foster itself.', [[{}, own.memory]]),
  ];
}

function ofRuns({ runs, restartTimes }: Measures): readonly string[] {
  return [
    family(
      'foster_job_starts',
      'counter',
      'Main processes that were started.',
      runs.map(({ job, starts }) => [{ job }, starts]),
    ),
    family(
      'foster_job_exits',
      'counter',
      'Ends of main processes, by exit status or signal.',
      runs.flatMap(({ job, exits }) => exits.map(({ status, count }): Sample => [{ job, status }, count])),
    ),
    histogram(
      'foster_restart_seconds',
      'From the end of a main process that is respawned to the start of the next one.',
      restartTimes,
    ),
  ];
}

function byState(jobs: readonly JobStatus[]): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const { state } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].sort().map(([state, count]) => [{ state }, count]);
}

function family(
  name: string,
  type: 'gauge' | 'counter' | 'info',
  help: string,
  samples: readonly Sample[],
): string {
  const suffix = { gauge: '', counter: '_total', info: '_info' }[type];
  const lines = samples.map(([labels, value]) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# TYPE ${name} ${type}\n# HELP ${name} ${help}\n${lines.join('')}`;
}

function histogram(name: string, help: string, { buckets, sum, count }: HistogramView): string {
  const lines = [
    ...buckets.map(({ upTo, count: below }) => `_bucket{le="${canonical(upTo)}"} ${below}`),
    `_bucket{le="+Inf"} ${count}`,
    `_sum ${sum}`,
    `_count ${count}`,
  ].map((line) => `${name}${line}\n`);
  return `# TYPE ${name} histogram\n# HELP ${name} ${help}\n${lines.join('')}`;
}

/** Formats a bound as a floating point number, which OpenMetrics requires: `1.0`. */
function canonical(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
