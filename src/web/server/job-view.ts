/** Converts a job for the page. Pure, except for the runs that it remembers. */
import {
  CONDITIONS,
  conditionOf,
  reasonOf,
  SHADES,
  upSince,
  type Condition,
} from '../../cli/format/condition.js';
import { jobTitle } from '../../cli/format/status-line.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { visibleCell } from '../../text/visible.js';
import type { JobView, RunView, Tone } from '../wire.js';
import { exitWords } from '../../cli/format/job-phrases.js';

const TONES = Object.fromEntries(CONDITIONS.map((condition) => [condition, toneOf(condition)])) as Readonly<
  Record<Condition, Tone>
>;

function toneOf(condition: Condition): Tone {
  const shade = SHADES[condition];
  return shade === 'green' ? 'good' : shade === 'yellow' ? 'busy' : shade === 'red' ? 'bad' : 'idle';
}

/** The supervisor remembers the last ten runs of a job; while pages are open, more accumulate here. */
const MOST_RUNS = 60;

/** Returns a job's name and instance, escaped for display; titles are unique. */
export function titleOf(job: Pick<JobStatus, 'name' | 'instance'>): string {
  return visibleCell(jobTitle(job));
}

export class RunMemory {
  readonly #runs = new Map<string, readonly RunView[]>();

  /** Returns the known past runs of a job, oldest first, and the current one. */
  runsOf(job: JobStatus): readonly RunView[] {
    const title = titleOf(job);
    const known = new Map((this.#runs.get(title) ?? []).map((run) => [keyOf(run), run]));
    for (const main of job.history?.mains ?? []) {
      const run: RunView = {
        pid: main.pid,
        since: Date.parse(main.since),
        until: Date.parse(main.at),
        outcome: main.sequel,
        end: exitWords(main),
      };
      known.set(keyOf(run), run);
    }
    const ended = [...known.values()].sort((one, other) => one.since - other.since).slice(-MOST_RUNS);
    this.#runs.set(title, ended);
    const since = upSince(job);
    if (job.main === null || since === undefined) return ended;
    return [...ended, { pid: job.main, since, until: null, outcome: 'runs', end: '' }];
  }

  /** Forgets jobs that no longer exist. */
  keepOnly(titles: ReadonlySet<string>): void {
    for (const title of this.#runs.keys()) if (!titles.has(title)) this.#runs.delete(title);
  }
}

function keyOf({ pid, since }: RunView): string {
  return `${pid} ${since}`;
}

/**
 * Converts a job.
 * @param now milliseconds since 1970
 */
export function jobView(job: JobStatus, runs: readonly RunView[], now: number): JobView {
  const condition = conditionOf(job);
  return {
    title: titleOf(job),
    name: job.name,
    instance: job.instance,
    description: visibleCell(job.description ?? ''),
    condition,
    tone: TONES[condition],
    reason: visibleCell(reasonOf(job, now)),
    upSince: upSince(job) ?? null,
    main: job.main,
    respawns: job.respawns,
    runs,
  };
}
