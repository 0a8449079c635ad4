import { AUTO_DELAY } from './job-class/defaults.js';
import { jobClass, type JobClass } from './job-class/job-class.js';
import type { CgroupSetting, CommandText, Limit, ProcessName } from './job-class/values.js';

/** Which of the two forms a text is written in. */
export type Syntax = JobClass['source']['syntax'];

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };

/** A job class while its file is read: what the stanzas write to. */
export type Draft = Mutable<Omit<JobClass, 'processes' | 'limits' | 'timeouts' | 'cgroup'>> & {
  processes: Partial<Record<ProcessName, CommandText>>;
  limits: Record<string, Limit>;
  timeouts: Partial<Record<ProcessName, number>>;
  cgroup: CgroupSetting[];
};

/**
 * A draft of a class about which nothing has been said yet.
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

/** A draft that goes on from a finished class, for an override. The class itself is left alone. */
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

/** The finished class: what its file says, and the defaults of everything else. */
export function finish(draft: Draft): JobClass {
  const stated = { ...draft };
  // what respawns nothing is the same class in both forms
  if (draft.respawn === undefined && draft.respawnDelay === AUTO_DELAY) delete stated.respawnDelay;
  // it has nothing to keep from starting the job
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
