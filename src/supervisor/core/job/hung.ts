/** Ends a main that runs but does not do its work; then the job continues as after any crash. */
import { log, type CoreState } from '../core-state.js';
import type { Job } from '../model.js';
import { killTimeout } from './timeouts.js';

/** Ends a main whose health checks have failed (`health`), with the same signal as a stop. */
export function unhealthy(core: CoreState, job: Job, reason: string): void {
  if (job.state !== 'running' || job.run.hung !== undefined) return;
  killHung(core, job, `unhealthy: ${reason}`, {
    signal: job.class.killSignal,
    whole: 'group',
  });
}

/**
 * Sends main a signal, and later KILL if it has not ended.
 * @param why completes `main process (12)`
 */
export function killHung(
  core: CoreState,
  job: Job,
  why: string,
  { signal, whole }: { readonly signal: string; readonly whole: 'group' | 'process' },
): void {
  job.run.hung = why;
  core.timers.set(job, 'watchdog', core.now + killTimeout(job.class));
  sendToMain(core, job, signal, whole);
}

export function sendToMain(core: CoreState, job: Job, signal: string, whole: 'group' | 'process'): void {
  const main = job.processes.get('main');
  if (main === undefined) return;
  log(core, 'warn', `Sending ${signal} signal to ${job.label} main process (${main.pid})`);
  core.effects.push({ kind: 'signal', job: job.ref, process: 'main', pid: main.pid, signal, whole });
}
