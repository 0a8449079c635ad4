import { AUTO_DELAY, DEFAULTS } from './job-class/defaults.js';
import type { CgroupSetting, CommandText, JobClass, Limit, ProcessName } from './job-class/job-class.js';

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
    name,
    source,
    processes: {},
    env: [],
    export: [],
    emits: [],
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
    cgroup: [...(job.cgroup ?? [])],
  };
}

/** The finished class: fields at their default are absent, so that equal meaning is equal data. */
export function finish(draft: Draft): JobClass {
  const { limits, timeouts, cgroup, manual, ...rest } = draft;
  // what respawns nothing is the same class in both forms
  if (rest.respawn === undefined && rest.respawnDelay === AUTO_DELAY) delete rest.respawnDelay;
  const isManual = manual === true && rest.startOn === undefined && rest.schedule === undefined;
  const stated = Object.entries(rest).filter(([field, value]) => !isDefault(field, value, rest));
  return {
    ...(Object.fromEntries(stated) as typeof rest),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(cgroup.length > 0 && { cgroup }),
    ...(isManual && { manual }),
  };
}

/** With `respawn delay auto` the interval that is stated counts, be it Upstart's default. */
function isDefault(field: string, value: unknown, { respawnDelay }: Pick<Draft, 'respawnDelay'>): boolean {
  if (!(field in DEFAULTS) || DEFAULTS[field as keyof typeof DEFAULTS] !== value) return false;
  return field !== 'respawnInterval' || respawnDelay?.firstAtOnce !== true;
}
