import type { JobClass } from '../../../jobfile/job-class.js';
import type { WaitStatus } from '../../../kernel/kernel.js';
import type { CoreEffect, Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import type { Environment } from '../environment.js';
import { jobEventVariables } from './job-event.js';
import type { Job } from './job.js';
import { isFailure } from './process-end.js';
import { processEnvironment } from './process-environment.js';
import { decideRespawn } from './respawn.js';

type Spawn = Extract<CoreEffect, { kind: 'spawn' }>;

/**
 * What the core will ask for, at the end of the very step that is told of main's end, when main alone is to be started
 * again: no hook, no other job and no pause comes in between. Undefined where anything may. Changes nothing.
 *
 * It is there for the time from a death to the next start, of which what the core says on its way there (eight states, two
 * events, a dozen lines of the log) is a good part.
 */
export function foreseenRespawn(
  core: CoreState,
  job: Job,
  status: WaitStatus,
  now: Milliseconds,
): Spawn | undefined {
  if (!isUndisturbed(job) || !isPlain(job) || !isFailure(job, status)) return undefined;
  const ranFor = now - (job.run.launcher?.since ?? now);
  const decision = decideRespawn(job.class, job.respawns, ranFor, now);
  if (decision.kind !== 'respawn' || decision.delay > 0 || core.events.pending.length > 0) return undefined;
  return unlessHeard(core, job);
}

/** What was foreseen of a job, and what it followed from. */
interface Foreseen {
  readonly env: Environment;
  readonly class: JobClass;
  readonly listeners: object;
  readonly spawn: Spawn | undefined;
}

/** A job that dies again and again asks for the same each time, and each time somebody waits for the answer. */
const foreseen = new WeakMap<Job, Foreseen>();

/** The spawn of main, unless somebody may hold an event that the job emits on its way there. */
function unlessHeard(core: CoreState, job: Job): Spawn | undefined {
  const { env, class: jobClass } = job;
  const { listeners } = core.classes;
  const last = foreseen.get(job);
  if (last?.env === env && last.class === jobClass && last.listeners === listeners) return last.spawn;
  const spawn = isHeard(core, job) ? undefined : spawnOfMain(core, job);
  foreseen.set(job, { env, class: jobClass, listeners, spawn });
  return spawn;
}

function spawnOfMain(core: CoreState, job: Job): Spawn {
  const env = processEnvironment(core.options, job, 'main');
  return { kind: 'spawn', job: job.ref, class: job.class, process: 'main', env };
}

/** It runs, is to run, and nothing is under way. */
function isUndisturbed({ state, goal, cycle, fresh, startEnv, waiters, processes }: Job): boolean {
  const isOnItsWay = cycle || fresh || startEnv !== undefined || waiters.length > 0;
  return state === 'running' && goal === 'start' && !isOnItsWay && processes.size === 1;
}

/** Nothing but main is in its file, nothing of others that it would have to wait for, and no sign that is to be looked for. */
function isPlain({ class: { respawn, processes, requires, after, ready, cgroup, killMode } }: Job): boolean {
  if (respawn !== true || requires !== undefined || after !== undefined) return false;
  if (ready !== undefined || cgroup !== undefined || killMode === 'cgroup') return false;
  return processes.main !== undefined && Object.keys(processes).length === 1;
}

function isHeard(core: CoreState, job: Job): boolean {
  return (['stopping', 'starting'] as const).some(
    (name) => core.classes.listenersOf({ name, env: jobEventVariables(job, name) }).length > 0,
  );
}
