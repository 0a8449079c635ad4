/**
 * Executes start, stop, restart, reload and emit (Upstart section 6), in Upstart's dialect and in foster's,
 * and reset-failed.
 */
import type { Cause, Job } from './model.js';
import { applyDiskClass } from './classes.js';
import { isCopy } from './copies.js';
import { copyTargets, type JobVerb } from './copy-commands.js';
import type { CommandId, CommandInput, CommandOutcome, JobRef, State } from './contract.js';
import type { CoreState } from './core-state.js';
import { assign } from './environment.js';
import { emitEvent } from './events/queue.js';
import { changeGoal } from './job/goal.js';
import { recordStart } from './job/history.js';
import { instanceOf, isBackingOff } from './job/job.js';
import { jobLabel } from '../../tracker/job-key.js';
import { advance } from './job/transitions.js';
import { forceStart, unclearPids, unclearText } from './job/unclear.js';
import { reply, supersedeWaiters, waitWithCommand } from './job/waiters.js';
import { checkEnvironment, lookUp, refuse, type Lookup, type Refusal } from './lookup.js';
import { findFailed, resetFailed } from './reset-failed.js';

type Command = Extract<CommandInput, { kind: 'command' }>;
type Found = Extract<Lookup, { ok: true }>;

export function runCommand(core: CoreState, command: Command): void {
  const meant = copyTargets(core, command);
  if (meant.kind === 'refused') return reply(core, command.id, meant.outcome);
  if (meant.kind === 'one') return runOne(core, { ...command, verb: meant.verb });
  if (meant.parts.length === 0) return reply(core, command.id, { ok: true, job: undefined });
  const jobs = meant.parts.map(({ instance = '' }) => ({ name: command.name, instance }));
  core.effects.push({ kind: 'reply-in-parts', id: command.id, jobs });
  for (const [index, part] of meant.parts.entries()) runOne(core, { ...command, ...part }, jobs[index]);
}

/** A command on one job, or on all failed jobs of a class. */
type JobCommand = Omit<Command, 'verb'> & { readonly verb: JobVerb; readonly cause?: Cause };

/** @param part the job of this partial reply, if the reply comes in parts */
function runOne(core: CoreState, command: JobCommand, part?: JobRef): void {
  const found = command.verb === 'reset-failed' ? findFailed(core, command) : find(core, command);
  const outcome = found.ok ? VERBS[command.verb](core, found, command) : found;
  if (outcome === undefined) return;
  reply(core, command.id, part === undefined ? outcome : { ...outcome, job: part });
}

/** Finds the job of the command: by its variables or, inside a job, by the name of an existing instance. */
function find(core: CoreState, { name, env, instance, verb, dialect }: JobCommand): Lookup {
  const withoutUsage = verb === 'restart' && dialect === 'upstart';
  const found = lookUp(core, { name, env, instance, withoutUsage });
  if (instance === undefined || !found.ok) return found;
  const job = found.entry.jobs.get(instance);
  if (job === undefined) return meansCopy(core, found) ? found : unknownInstance(found);
  // only the job knows the variables that named the instance, and they apply to its next run, too
  const environment = new Map(job.env);
  assign(environment, env);
  return { ...found, environment };
}

/**
 * Each function executes its command, or returns the error. A successful command is answered later, when it
 * is done.
 */
const VERBS = { start, stop, restart, reload, 'reset-failed': resetFailed } as const satisfies Record<
  JobVerb,
  (core: CoreState, found: Found, command: JobCommand) => CommandOutcome | undefined
>;

function start(core: CoreState, found: Found, command: JobCommand): CommandOutcome | undefined {
  const present = found.entry.jobs.get(found.instance);
  if (present !== undefined && present.goal !== 'stop') {
    if (isWaitingForResources(present)) {
      startNow(core, present, command);
      return undefined;
    }
    return { ...refuse('already-running', `Job is already running: ${present.label}`), job: present.ref };
  }
  const ref = { name: found.entry.name, instance: found.instance };
  const unclear = unclearPids(core, ref);
  if (command.force === true) forceStart(core, ref);
  else if (unclear !== undefined)
    return refuse('unclear', `Job may be running: ${jobLabel(ref)}: ${unclearText(ref, unclear)}`);
  const job = instanceOf(core, found.entry, found.instance);
  supersedeWaiters(core, job, 'start');
  job.startEnv = found.environment;
  answerLater(core, command, job);
  changeGoal(core, job, 'start', causeOf(command));
  return undefined;
}

/** Tests whether the job will be started as soon as processes, memory or descriptors are available again. */
function isWaitingForResources(job: Job): boolean {
  return job.shortages > 0 && isBackingOff(job);
}

/** Starts a job at once, cutting its backoff short, because a user asked for it. */
function startNow(core: CoreState, job: Job, command: JobCommand): void {
  answerLater(core, command, job);
  job.respawnAt = undefined;
  core.timers.clear(job, 'respawn');
  advance(core, job);
}

function stop(core: CoreState, found: Found, command: JobCommand): CommandOutcome | undefined {
  const job = found.entry.jobs.get(found.instance);
  if (job === undefined) {
    // For foster, a stopped job counts as successfully stopped, unless the instance name may be misspelt.
    const isNamed = found.entry.active.instance !== undefined || found.instance !== '';
    if (command.dialect === 'foster' && (!isNamed || meansCopy(core, found)))
      return { ok: true, job: undefined };
    return unknownInstance(found);
  }
  if (job.goal === 'stop') {
    if (command.dialect === 'upstart') {
      return { ...refuse('already-stopped', `Job has already been stopped: ${job.label}`), job: job.ref };
    }
    answerLater(core, command, job);
    return undefined;
  }
  supersedeWaiters(core, job, 'stop');
  job.stopEnv = command.env;
  answerLater(core, command, job);
  changeGoal(core, job, 'stop', causeOf(command));
  return undefined;
}

function causeOf({ verb, by, cause }: JobCommand): Cause | undefined {
  if (cause !== undefined) return cause;
  return verb === 'reload' || verb === 'reset-failed' ? undefined : { kind: 'command', verb, by };
}

function restart(core: CoreState, found: Found, command: JobCommand): CommandOutcome | undefined {
  const job = found.entry.jobs.get(found.instance);
  if (job === undefined || job.goal === 'stop') {
    if (command.dialect === 'foster') return start(core, found, command);
    if (job === undefined) return unknownInstance(found);
    return { ...refuse('already-stopped', `Job has already been stopped: ${job.label}`), job: job.ref };
  }
  supersedeWaiters(core, job, 'restart');
  answerLater(core, command, job);
  job.respawns = { ...job.respawns, windowStart: undefined, count: 0, inARow: 0 };
  job.respawnAt = undefined;
  const fresh = command.fresh === true && reloadClass(core, job);
  if (!fresh && command.env.length === 0 && hasNotRunYet(job.state)) return undefined;
  if (fresh) job.startEnv = reloadedEnvironment(core, found, command);
  else job.startEnv = command.dialect === 'foster' ? environmentForRestart(job, command) : found.environment;
  requestRestart(core, job, command);
  return undefined;
}

/** Tests whether the job has nothing to end yet: the start in progress is what the restart asks for. */
function hasNotRunYet(state: State): boolean {
  return state === 'starting' || state === 'security' || state === 'pre-start';
}

/** Ends the present run and begins the next: sets goal stop, then goal start, on the same job. */
function requestRestart(core: CoreState, job: Job, command: JobCommand): void {
  job.stopEnv = command.env;
  const cause = causeOf(command);
  if (isBackingOff(job)) {
    if (cause !== undefined) recordStart(job, core.now, cause);
    advance(core, job);
    return;
  }
  changeGoal(core, job, 'stop', cause);
  // Upstart forgets the stop request here: the start cancels it when pre-stop ends (section 13.1).
  job.restartPending = true;
  changeGoal(core, job, 'start', cause);
}

/** Puts the class on disk into use for the job's next run. Returns false if the file is unchanged or gone. */
function reloadClass(core: CoreState, job: Job): boolean {
  const { disk } = job.entry;
  if (disk === undefined || disk === job.class) return false;
  applyDiskClass(core, job.entry);
  job.reloadOnRestart = true;
  return true;
}

/**
 * Returns the environment for a restart: the one of the last start still counts. Upstart's restart drops it
 * (section 13.5).
 */
function environmentForRestart(job: Job, { env }: JobCommand): Found['environment'] {
  const environment = new Map(job.startEnv ?? job.env);
  assign(environment, env);
  return environment;
}

/** Returns the environment of the class just put into use; the job's instance stays the same. */
function reloadedEnvironment(core: CoreState, found: Found, command: JobCommand): Found['environment'] {
  const named = meansCopy(core, found) ? found.instance : undefined;
  const renewed = lookUp(core, { name: command.name, env: command.env, instance: named });
  return renewed.ok ? renewed.environment : found.environment;
}

function reload(core: CoreState, found: Found): CommandOutcome | undefined {
  const job = found.entry.jobs.get(found.instance);
  if (job === undefined) return unknownInstance(found);
  const main = job.processes.get('main');
  if (main === undefined)
    return { ...refuse('not-running', `Job is not running: ${job.label}`), job: job.ref };
  const signal = job.class.reloadSignal;
  core.effects.push({
    kind: 'signal',
    job: job.ref,
    process: 'main',
    pid: main.pid,
    signal,
    whole: 'process',
  });
  return { ok: true, job: job.ref };
}

function meansCopy(core: CoreState, { entry, instance }: Found): boolean {
  return isCopy(core.options, entry, instance);
}

function unknownInstance(found: Found): Refusal {
  return refuse('unknown-instance', `Unknown instance: ${found.instance}`);
}

function answerLater(core: CoreState, command: JobCommand, job: Job): void {
  const { id, wait, verb } = command;
  if (wait === 'nothing' || verb === 'reload' || verb === 'reset-failed') {
    core.acknowledgements.push({ id, job });
    return;
  }
  waitWithCommand(job, { id, verb, wait });
}

/**
 * Replies to commands that do not wait. Their reply shows the job's progress with pids, so it comes after the
 * spawn's result.
 */
export function answerWithoutWaiting(core: CoreState): void {
  if (core.acknowledgements.length === 0) return;
  const open = core.acknowledgements.filter(({ job }) => job.spawning !== undefined);
  for (const { id, job } of core.acknowledgements) {
    if (job.spawning === undefined) reply(core, id, { ok: true, job: job.ref });
  }
  core.acknowledgements = open;
}

export function runEmit(core: CoreState, emit: Extract<CommandInput, { kind: 'emit' }>): void {
  const refusal =
    emit.event === ''
      ? refuse('invalid-argument', 'Name may not be empty string')
      : checkEnvironment(emit.env);
  if (refusal === undefined) {
    emitEvent(core, emit.event, emit.env, emit.id === undefined ? {} : { command: emit.id });
  } else if (emit.id !== undefined) {
    reply(core, emit.id, refusal);
  }
}

/** Forgets a command whose client has disconnected. */
export function dropCommand(core: CoreState, id: CommandId): void {
  core.acknowledgements = core.acknowledgements.filter((acknowledgement) => acknowledgement.id !== id);
  for (const event of core.events.living.values()) if (event.command === id) event.command = undefined;
  for (const job of core.jobs.values()) {
    job.waiters = job.waiters.filter((waiter) => waiter.kind !== 'command' || waiter.id !== id);
  }
}
