/** Emits the events of a job about itself, with their variables (Upstart section 3.5). */
import type { CoreState } from '../core-state.js';
import { assign, toAssignments, type Environment } from '../environment.js';
import type { EmittedEvent, Failure, Job } from '../model.js';
import { emitEvent } from '../events/queue.js';
import { endingVariables } from '../wait-status.js';

/** Emits `starting` or `stopping`; the job waits until the event has no holders. */
export function emitBlockingEvent(core: CoreState, job: Job, name: 'starting' | 'stopping'): EmittedEvent {
  return emitEvent(core, name, jobEventVariables(job, name), { blockedJob: job });
}

export function emitJobEvent(core: CoreState, job: Job, name: 'started' | 'stopped'): void {
  emitEvent(core, name, jobEventVariables(job, name));
}

/**
 * Returns the variables. JOB and INSTANCE come first, because `start on started foo` compares foo with the
 * first variable. Exported variables come last and override none.
 */
function jobEventVariables(
  job: Job,
  name: 'starting' | 'started' | 'stopping' | 'stopped',
): readonly string[] {
  const variables: Environment = new Map([
    ['JOB', job.ref.name],
    ['INSTANCE', job.ref.instance],
  ]);
  if (name === 'stopping' || name === 'stopped') assign(variables, resultVariables(job.failure));
  for (const key of job.class.export) {
    const value = job.env.get(key);
    if (value !== undefined && !variables.has(key)) variables.set(key, value);
  }
  return toAssignments(variables);
}

function resultVariables(failure: Failure | undefined): readonly string[] {
  if (failure === undefined) return ['RESULT=ok'];
  const variables = ['RESULT=failed', `PROCESS=${failure.process}`];
  return failure.status === undefined ? variables : [...variables, ...endingVariables(failure.status)];
}
