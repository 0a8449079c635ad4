/**
 * Ending main and what is left of the job (DESIGN section 4, "Members and detached processes"). The job stays in
 * `killed` until main is gone and its members are ended.
 */
import { log, type CoreState } from '../core-state.js';
import type { EndReason, Job } from '../model.js';
import { FOREGROUND_AFTER } from './readiness.js';
import { killTimeout } from './timeouts.js';

/** Begins the end on entering `killed`. */
export function startKilling(core: CoreState, job: Job): void {
  job.killing = { since: core.now, reason: endReason(core, job), forced: false, members: 'not-asked' };
  if (!job.processes.has('main')) {
    if (job.run.launcher !== undefined) endMembers(core, job);
    return;
  }
  core.effects.push({ kind: 'expect-end', job: job.ref });
  signalMain(core, job, job.class.killSignal);
  // A kill timeout of 0 asks for KILL at once (Upstart's init aborts on it, section 12.1).
  if (killTimeout(job.class) === 0) sendKill(core, job);
  else core.timers.set(job, 'kill', core.now + killTimeout(job.class));
}

/** The kill timeout is over: KILL, for main's group and for the members. */
export function sendKill(core: CoreState, job: Job): void {
  if (job.killing === undefined) return;
  job.killing.forced = true;
  signalMain(core, job, 'KILL');
  if (job.killing.members === 'not-asked') endMembers(core, job);
}

/** Main has become another process while it was being ended: a hand-off that was decided before the end was asked for. */
export function killSuccessor(core: CoreState, job: Job): void {
  signalMain(core, job, job.killing?.forced === true ? 'KILL' : job.class.killSignal);
}

/** Main is gone: its members are next. */
export function onMainGone(core: CoreState, job: Job): void {
  core.timers.clear(job, 'kill');
  if (job.killing?.members === 'not-asked') endMembers(core, job);
}

export function isKillingDone(job: Job): boolean {
  if (job.processes.has('main')) return false;
  return job.run.launcher === undefined || job.killing?.members === 'ended';
}

/** After a restart of the supervisor: asks again for what was under way when the state was saved. */
export function requestMembersEnd(core: CoreState, job: Job): void {
  if (job.processes.has('main')) core.effects.push({ kind: 'expect-end', job: job.ref });
  if (job.killing?.members === 'asked') endMembers(core, job);
}

/** What a job that never had a main left behind is none of foster's business: hooks start daemons of their own. */
function endMembers(core: CoreState, job: Job): void {
  const { killing } = job;
  if (killing === undefined) return;
  // strangers in the job's control group are nobody's descendants
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
 * A run that was not up yet leaves nothing behind. After a stop, and after main's own end, processes that detached
 * themselves live on.
 */
function endReason(core: CoreState, job: Job): EndReason {
  if (!job.run.ready || failedAtOnce(core, job)) return 'failed-start';
  return job.processes.has('main') ? 'stop' : 'death';
}

/** A program that runs counts as started in Upstart's form (`ready exec`). One that fails before it has stayed up has not started. */
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
  // Upstart signals the process group; `kill mode main` promises that nobody else is ended.
  const whole = job.class.killMode === 'main' ? 'process' : 'group';
  core.effects.push({ kind: 'signal', job: job.ref, process: 'main', pid, signal, whole });
  // A process that is stopped cannot act on TERM.
  if (signal === 'TERM')
    core.effects.push({ kind: 'signal', job: job.ref, process: 'main', pid, signal: 'CONT', whole });
}
