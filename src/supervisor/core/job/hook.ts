/** Timeouts of hooks (pre-start and the like). */
import type { ProcessName } from '../../../jobfile/job-class/job-class.js';
import type { Milliseconds } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { isEndRequested } from './state.js';
import type { Job, JobProcess } from '../model.js';
import { hookTimeout, killTimeout } from './timeouts.js';

/** Sets the timer of the running hook, after it has started or the goal has changed. */
export function setHookTimeout(core: CoreState, job: Job): void {
  const hook = hookProcess(job);
  if (hook === undefined || job.hookEnding !== 'no') return;
  core.timers.set(job, 'hook', hookDeadline(job, hook.name, hook.process));
}

/** Ends a hook that has taken too long: first with TERM, then with KILL. */
export function killHook(core: CoreState, job: Job): void {
  const hook = hookProcess(job);
  if (hook === undefined) return;
  const { pid, since } = hook.process;
  const label = `${job.label} ${hook.name} process (${pid})`;
  if (job.hookEnding === 'no') {
    log(core, 'warn', `${label} has not ended within ${seconds(core.now - since)}, ending it`);
    job.hookEnding = 'signalled';
    core.timers.set(job, 'hook', core.now + killTimeout(job.class));
    signalHook(core, job, hook.name, pid, 'TERM');
    signalHook(core, job, hook.name, pid, 'CONT');
  } else {
    log(core, 'warn', `Sending KILL signal to ${label}`);
    job.hookEnding = 'forced';
    signalHook(core, job, hook.name, pid, 'KILL');
  }
}

/** Returns when the hook is ended, on the core's clock. */
function hookDeadline(job: Job, hook: ProcessName, process: JobProcess): Milliseconds {
  const own = process.since + hookTimeout(job.class, hook);
  const onTheWayUp = hook === 'security' || hook === 'pre-start' || hook === 'post-start';
  return onTheWayUp && isEndRequested(job) ? Math.min(own, job.goalSince + killTimeout(job.class)) : own;
}

export function hookProcess(job: Job): { name: ProcessName; process: JobProcess } | undefined {
  for (const [name, process] of job.processes) if (name !== 'main') return { name, process };
  return undefined;
}

/** Formats a duration for messages: `4 s`, `0.5 s`. */
export function seconds(duration: Milliseconds): string {
  return `${Math.round(duration / 100) / 10} s`;
}

function signalHook(core: CoreState, job: Job, process: ProcessName, pid: number, signal: string): void {
  core.effects.push({ kind: 'signal', job: job.ref, process, pid, signal, whole: 'group' });
}
