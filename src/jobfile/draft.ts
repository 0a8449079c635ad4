import { AUTO_DELAY } from './job-class/defaults.js';
import { jobClass, type JobClass } from './job-class/job-class.js';
import type { CgroupSetting, CommandText, Limit, ProcessName } from './job-class/values.js';

/** The two forms of job file. */
export type Syntax = JobClass['source']['syntax'];

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };

/** A job class while its file is parsed: stanzas write to it. */
export type Draft = Mutable<Omit<JobClass, 'processes' | 'limits' | 'timeouts' | 'cgroup'>> & {
  processes: Partial<Record<ProcessName, CommandText>>;
  limits: Record<string, Limit>;
  timeouts: Partial<Record<ProcessName, number>>;
  cgroup: CgroupSetting[];
};

/**
 * Returns an empty draft.
 *
 * @param name the job's name: `net/apache`
 * @param source where the text comes from; its syntax decides three defaults (DESIGN section 6)
 */
export function newDraft(name: string, source: JobClass['source']): Draft {
  const draft: Draft = {
    ...jobClass.create({ name, source, processes: {} }),
    processes: {},
    limits: {},
    timeouts: {},
    cgroup: [],
  };
  if (source.syntax === 'ini') {
    draft.ready = { when: 'auto' };
    draft.userEnvironment = true;
    draft.respawnDelay = AUTO_DELAY;
  }
  return draft;
}

/** Returns a draft based on a finished class, for an override. The class itself is not changed. */
export function draftOf(job: JobClass, source: JobClass['source']): Draft {
  const awaitsRespawn = job.respawn === undefined && job.source.syntax === 'ini';
  return {
    ...(awaitsRespawn && { respawnDelay: AUTO_DELAY }),
    ...job,
    source,
    processes: { ...job.processes },
    limits: { ...job.limits },
    timeouts: { ...job.timeouts },
    cgroup: [...job.cgroup],
  };
}

/** Returns the finished class: the contents of its file, and the defaults of everything else. */
export function finish(draft: Draft): JobClass {
  const stated = { ...draft };
  // without respawn, the class is the same in both forms
  if (draft.respawn === undefined && draft.respawnDelay === AUTO_DELAY) delete stated.respawnDelay;
  // `manual` has nothing to suppress
  if (draft.startOn !== undefined || draft.schedule !== undefined) delete stated.manual;
  const { limits, timeouts, cgroup, ...given } = stated;
  // thousands of classes share the empty ones
  return jobClass.create({
    ...given,
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(cgroup.length > 0 && { cgroup }),
  });
}
