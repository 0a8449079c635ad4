/**
 * Ends a main that runs but does not do its work; then the job continues as after any crash. Two signs of that: its
 * health checks fail (`health`), or it has sent no keep-alive for too long (the watchdog of sd_notify(3)).
 */
import type { Milliseconds } from '../contract.js';
import { log, type CoreState } from '../core-state.js';
import { seconds } from './hook.js';
import type { Job } from '../model.js';
import { killTimeout } from './timeouts.js';

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
function killHung(
  core: CoreState,
  job: Job,
  why: string,
  { signal, whole }: { readonly signal: string; readonly whole: 'group' | 'process' },
): void {
  job.run.hung = why;
  core.timers.set(job, 'watchdog', core.now + killTimeout(job.class));
  sendToMain(core, job, signal, whole);
}

function sendToMain(core: CoreState, job: Job, signal: string, whole: 'group' | 'process'): void {
  const main = job.processes.get('main');
  if (main === undefined) return;
  log(core, 'warn', `Sending ${signal} signal to ${job.label} main process (${main.pid})`);
  core.effects.push({ kind: 'signal', job: job.ref, process: 'main', pid: main.pid, signal, whole });
}
