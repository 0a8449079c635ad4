/** The long form of a job's state. */
import type { JobStatus } from '../../supervisor/api.js';
import { paint } from './colour.js';
import { exitWords } from './exit-words.js';
import type { Line } from './line.js';
import { fileState } from './file-state.js';
import { jobTitle, stateWords } from './status-line.js';
import { duration, localTime } from './time.js';
import { usageLine } from './usage.js';

/** @param now milliseconds since 1970, for "how long ago" */
export function statusDetails(job: JobStatus, now: number): readonly Line[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['about', job.description],
    ['since', when(job.since, now)],
    ['next start', job.nextStart === undefined ? undefined : nextStart(job.nextStart, now)],
    ['manual', job.manual === undefined ? undefined : 'neither events nor times start it'],
    ['waiting for', job.waitingFor],
    ['failed', job.failure],
    ['says', says(job)],
    ['main', mainText(job, now)],
    ['launcher', job.launcher === null || job.launcher === job.main ? undefined : String(job.launcher)],
    ['members', pids(job.members)],
    ['detached', pids(job.detached)],
    ['unclear', pids(job.unclear ?? [])],
    [
      'ambiguous',
      job.ambiguous === undefined ? undefined : `main is a guess among ${job.ambiguous.join(' ')}`,
    ],
    ['uses', job.cgroup === undefined ? undefined : usageLine(job.cgroup)],
    ['cgroup', job.cgroup?.paths[0]],
    ['lacks', job.cgroup?.problems.length === 0 ? undefined : job.cgroup?.problems.join('; ')],
    ['oom kills', job.cgroup?.counts.oomKills ? String(job.cgroup.counts.oomKills) : undefined],
    ['traced', traced(job)],
    ['core dump', coreDump(job, now)],
    ['respawns', job.respawns === 0 ? undefined : String(job.respawns)],
    ['last exit', lastExit(job, now)],
    ['tracker', job.tracker],
    ['file', fileText(job)],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`    ${name.padEnd(12)}${value}`],
  );
  const { first, further } = stateWords(job);
  return [[`${jobTitle(job)} `, paint(first, job)], ...further, ...lines];
}

/** `812, up 3 min, attached by pid file` */
function mainText({ main, mainSince, attached }: JobStatus, now: number): string | undefined {
  if (main === null) return undefined;
  const up = mainSince === undefined ? '' : `, up ${duration(now - Date.parse(mainSince))}`;
  return `${main}${up}${attached === undefined ? '' : `, attached by ${attached}`}`;
}

function fileText({ file }: JobStatus): string | undefined {
  if (file === undefined) return undefined;
  const override = file.override === undefined ? '' : `, ${file.override}`;
  const state = file.state === undefined ? '' : `: ${fileState(file)}`;
  return `${file.path}${override}${state}`;
}

/** `reloading: 3 of 7 tables read` */
function says({ doing, statusText }: JobStatus): string | undefined {
  const parts = [doing, statusText].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(': ');
}

function traced({ traced: processes }: JobStatus): string | undefined {
  return processes
    ?.map(({ pid, tracer, tracerName }) => `process ${pid} by ${tracer} (${tracerName ?? 'gone'})`)
    .join(', ');
}

function coreDump({ coreDump: dump }: JobStatus, now: number): string | undefined {
  return dump === undefined ? undefined : `process ${dump.pid}, ${when(dump.at, now)}`;
}

function when(timestamp: string, now: number): string {
  return `${localTime(timestamp)} (${duration(now - Date.parse(timestamp))} ago)`;
}

function nextStart(timestamp: string, now: number): string {
  return `${localTime(timestamp)} (in ${duration(Date.parse(timestamp) - now)})`;
}

function pids(list: readonly number[]): string | undefined {
  return list.length === 0 ? undefined : list.join(' ');
}

function lastExit({ exit }: JobStatus, now: number): string | undefined {
  if (exit === null) return undefined;
  return `${exitWords(exit)}, ${when(exit.at, now)}`;
}
