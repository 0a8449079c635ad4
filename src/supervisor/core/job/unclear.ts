/**
 * Handles jobs whose processes are unclear: after a crash of foster, some processes may belong to the job or
 * to strangers. foster neither signals them nor starts the job beside them. It reports them, and waits until
 * they have ended or a person decides.
 */
import { commandHint } from '../../../text/command-hint.js';
import type { Job } from '../model.js';
import type { JobRef } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import type { Environment } from '../environment.js';
import { changeGoal } from './goal.js';
import { instanceOf } from './job.js';
import { jobKey, jobLabel } from '../../../tracker/job-key.js';
import { failJob } from './waiters.js';

/** Returns the processes that keep the job from being started; undefined if there are none. */
export function unclearPids(core: CoreState, ref: JobRef): readonly number[] | undefined {
  return core.unclear.get(jobKey(ref))?.pids;
}

/** Formats `unclear after a crash: PIDs 12, 13; 'foster start --force sshd' starts it beside them`. */
export function unclearText(ref: JobRef, pids: readonly number[]): string {
  return `unclear after a crash: PIDs ${pids.join(', ')} may be of this job; '${commandHint('start --force', jobLabel(ref))}' starts it beside them`;
}

/** Tests whether the job must not be started now; logs that. */
export function isBlockedByUnclear(core: CoreState, ref: JobRef): boolean {
  const pids = unclearPids(core, ref);
  if (pids === undefined) return false;
  log(core, 'warn', `${jobLabel(ref)} not started: ${unclearText(ref, pids)}`);
  return true;
}

/** Records processes that may belong to the job; an empty list means that they have ended. */
export function processesUnclear(core: CoreState, ref: JobRef, pids: readonly number[]): void {
  const before = core.unclear.get(jobKey(ref));
  if (pids.length > 0) {
    core.unclear.set(jobKey(ref), { job: ref, pids, resumeWith: before?.resumeWith });
    if (before === undefined) log(core, 'warn', `${jobLabel(ref)}: ${unclearText(ref, pids)}`);
    return;
  }
  if (!core.unclear.delete(jobKey(ref))) return;
  log(core, 'info', `${jobLabel(ref)}: the processes that were unclear have ended`);
  if (before?.resumeWith !== undefined) resumeJob(core, ref, before.resumeWith);
}

/** Allows the start, because a person has decided: the job starts beside these processes. */
export function forceStart(core: CoreState, ref: JobRef): void {
  core.unclear.delete(jobKey(ref));
}

/**
 * Fails a job whose main is gone and whose next start is blocked by unclear processes.
 * @returns false if nothing is unclear
 */
export function failUnclear(core: CoreState, job: Job): boolean {
  const unclear = core.unclear.get(job.key);
  if (unclear === undefined) return false;
  if (job.class.respawn === true)
    core.unclear.set(job.key, { ...unclear, resumeWith: job.startEnv ?? job.env });
  failJob(core, job, {
    process: 'main',
    status: 'ended-while-down',
    text: unclearText(job.ref, unclear.pids),
  });
  return true;
}

function resumeJob(core: CoreState, ref: JobRef, env: Environment): void {
  const entry = core.classes.get(ref.name);
  if (entry === undefined) return;
  const job = instanceOf(core, entry, ref.instance);
  if (job.goal !== 'stop') return;
  job.startEnv = env;
  changeGoal(core, job, 'start', { kind: 'clear' });
}
