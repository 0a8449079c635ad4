/**
 * Ends main and the job's other members (DESIGN section 4, "Members and detached processes"). The job stays
 * in `killed` until main is gone and its members have ended.
 */
import { log, type CoreState } from '../core-state.js';
import type { EndReason, Job } from '../model.js';
import { FOREGROUND_AFTER } from './readiness.js';
import { killTimeout } from './timeouts.js';

/** Starts ending the run, on entering `killed`. */
export function startKilling(core: CoreState, job: Job): void {
  job.killing = { since: core.now, reason: endReason(core, job), forced: false, members: 'not-asked' };
  if (!job.processes.has('main')) {
    if (job.run.launcher !== undefined) endMembers(core, job);
    return;
  }
  core.effects.push({ kind: 'expect-end', job: job.ref });
  signalMain(core, job, job.class.killSignal);
  // a kill timeout of 0 means KILL at once (Upstart's init aborts on it, section 12.1)
  if (killTimeout(job.class) === 0) sendKill(core, job);
  else core.timers.set(job, 'kill', core.now + killTimeout(job.class));
}

/** Sends KILL to main's group and the members, after the kill timeout. */
export function sendKill(core: CoreState, job: Job): void {
  if (job.killing === undefined) return;
  job.killing.forced = true;
  signalMain(core, job, 'KILL');
  if (job.killing.members === 'not-asked') endMembers(core, job);
}

/** Signals the new main after a hand-off that was decided before the end was requested. */
export function killSuccessor(core: CoreState, job: Job): void {
  signalMain(core, job, job.killing?.forced === true ? 'KILL' : job.class.killSignal);
}

/** Ends the members, after main is gone. */
export function onMainGone(core: CoreState, job: Job): void {
  core.timers.clear(job, 'kill');
  if (job.killing?.members === 'not-asked') endMembers(core, job);
}

export function isKillingDone(job: Job): boolean {
  if (job.processes.has('main')) return false;
  return job.run.launcher === undefined || job.killing?.members === 'ended';
}

/** Repeats, after a restart of foster, the requests that were open when the state was saved. */
export function requestMembersEnd(core: CoreState, job: Job): void {
  if (job.processes.has('main')) core.effects.push({ kind: 'expect-end', job: job.ref });
  if (job.killing?.members === 'asked') endMembers(core, job);
}

/**
 * Ends members. If the job never had a main, processes that it left are not touched: hooks start daemons of
 * their own.
 */
function endMembers(core: CoreState, job: Job): void {
  const { killing } = job;
  if (killing === undefined) return;
  // strangers in the job's control group are not descendants
  if (job.run.isEmpty === true && job.class.killMode !== 'cgroup') {
    killing.members = 'ended';
    return;
  }
  killing.members = 'asked';
  core.effects.push({
    kind: 'end-members',
    job: job.ref,
    mode: job.class.killMode,
    reason: killing.reason,
    timeout: Math.max(0, killing.since + killTimeout(job.class) - core.now),
  });
}

/**
 * Returns why members are ended. A failed start leaves no processes. After a stop, and after main's own end,
 * detached processes live on.
 */
function endReason(core: CoreState, job: Job): EndReason {
  if (!job.run.ready || failedAtOnce(core, job)) return 'failed-start';
  return job.processes.has('main') ? 'stop' : 'death';
}

/**
 * Tests whether main failed immediately. With `ready exec` (Upstart's form) a running program counts as
 * started, but one that fails before it has stayed up has not started.
 */
function failedAtOnce(core: CoreState, { run, processes, lastExit, class: { killMode } }: Job): boolean {
  if (processes.has('main') || run.launcher === undefined || run.handedOff || killMode !== 'session')
    return false;
  if (lastExit === undefined || lastExit.status === 0) return false;
  return core.now - Math.max(run.launcher.since, run.programSince ?? 0) < FOREGROUND_AFTER;
}

function signalMain(core: CoreState, job: Job, signal: string): void {
  const main = job.processes.get('main');
  if (main === undefined) return;
  const { pid } = main;
  log(core, 'info', `Sending ${signal} signal to ${job.label} main process (${pid})`);
  // Upstart signals the process group; `kill mode main` promises that no other process is ended
  const whole = job.class.killMode === 'main' ? 'process' : 'group';
  core.effects.push({ kind: 'signal', job: job.ref, process: 'main', pid, signal, whole });
  // a stopped process cannot act on TERM
  if (signal === 'TERM')
    core.effects.push({ kind: 'signal', job: job.ref, process: 'main', pid, signal: 'CONT', whole });
}
