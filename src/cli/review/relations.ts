/** Checks `requires` and `after`: unknown jobs, and jobs that wait for each other. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { nearestWord } from '../../jobfile/stanzas/nearest-word.js';
import { at, type Remark, type ReviewedJob } from './job.js';

type Jobs = ReadonlyMap<string, JobClass>;

export function reviewRelations(job: ReviewedJob, jobs: Jobs): readonly JobFileWarning[] {
  return (['requires', 'after'] as const).flatMap((stanza) =>
    [...new Set(job.class[stanza])].flatMap((other) => {
      const remark = reviewRelation(job.class.name, stanza, other, jobs);
      return remark === undefined ? [] : [at(job, stanza, remark)];
    }),
  );
}

function reviewRelation(
  name: string,
  stanza: 'requires' | 'after',
  other: string,
  jobs: Jobs,
): Remark | undefined {
  if (other === name) return { message: `\`${stanza}\` names the job itself`, remedy: 'leave it out' };
  if (!jobs.has(other)) {
    const nearest = nearestWord(other, jobs.keys());
    const effect = stanza === 'requires' ? 'the job cannot start' : 'it has no effect';
    return {
      message: `\`${stanza}\` names the job ${other}, which does not exist: ${effect}`,
      remedy: nearest === undefined ? `make a job file of that name` : `did you mean ${nearest}?`,
    };
  }
  const way = wayBetween(other, name, jobs);
  if (way === undefined) return undefined;
  return {
    message: `a circle: ${[name, ...way].join(' waits for ')}; foster starts one of them first, whichever it is`,
    remedy: 'leave out one of these relations',
  };
}

/** Returns the shortest path from one job to another, each waiting for the next. */
function wayBetween(from: string, to: string, jobs: Jobs): readonly string[] | undefined {
  const ways: (readonly string[])[] = [[from]];
  const seen = new Set([from]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1)!;
    if (last === to) return way;
    const { requires = [], after = [] } = jobs.get(last) ?? {};
    for (const next of [...requires, ...after]) {
      // a job that names itself has a warning of its own
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
