/**
 * The watchdog of sd_notify(3): foster kills a main that has sent no keep-alive for too long. Then the job
 * continues as after any crash.
 */
import type { Milliseconds } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { seconds } from './hook.js';
import type { Job } from '../model.js';
import { killHung, sendToMain } from './hung.js';

/** Sets the timer for the next keep-alive. Only in `running`: a start and a stop have limits of their own. */
export function startWatchdog(core: CoreState, job: Job): void {
  const interval = intervalOf(job);
  if (interval === undefined || job.state !== 'running' || !job.processes.has('main')) return;
  core.timers.set(job, 'watchdog', core.now + interval);
}

export function onWatchdogKeepalive(core: CoreState, job: Job, sign: 'alive' | 'trouble'): void {
  if (job.run.hung !== undefined) return;
  if (sign === 'alive') startWatchdog(core, job);
  else if (job.state === 'running') abort(core, job, 'reports that something is wrong');
}

/** Sets the keep-alive interval that main itself has announced. */
export function setWatchdogInterval(core: CoreState, job: Job, interval: Milliseconds): void {
  if (intervalOf(job) === undefined) return;
  job.run.watchdogInterval = interval;
  onWatchdogKeepalive(core, job, 'alive');
}

/** Sends ABRT after a missed keep-alive, which leaves a core dump for diagnosis, and later KILL. */
export function onWatchdogTimeout(core: CoreState, job: Job): void {
  if (job.run.hung === undefined)
    abort(core, job, `has given no sign of life for ${seconds(intervalOf(job) ?? 0)}`);
  else sendToMain(core, job, 'KILL', 'process');
}

function intervalOf({ class: { watchdog }, run }: Job): Milliseconds | undefined {
  return watchdog === undefined ? undefined : (run.watchdogInterval ?? watchdog * 1000);
}

function abort(core: CoreState, job: Job, why: string): void {
  const pid = job.processes.get('main')?.pid ?? 0;
  log(core, 'warn', `${job.label} main process (${pid}) ${why}`);
  killHung(core, job, why, { signal: 'ABRT', whole: 'process' });
}
