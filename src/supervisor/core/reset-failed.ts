/** Implements `reset-failed`: forgets the failures of a class, and resumes what waits because of them. */
import type { Job } from './model.js';
import type { CommandInput, CommandOutcome } from './contract.js';
import type { CoreState } from './core-state.js';
import { isBackingOff } from './job/job.js';
import { NO_RESPAWNS } from './job/respawn.js';
import { advance } from './job/transitions.js';
import { lookUp, type Lookup } from './lookup.js';

type Command = Extract<CommandInput, { kind: 'command' }>;

/**
 * Finds the jobs. A failed job may be any instance, and is mostly gone: without a name, all of the class are
 * meant.
 */
export function findFailed(core: CoreState, command: Command): Lookup {
  const { name, env, instance = meansAll(command) ? '' : undefined } = command;
  return lookUp(core, { name, env, instance });
}

/**
 * Resets a job. The failure of a run that has not ended yet stays, because its events and hooks will still
 * report it. A job in backoff is respawned now.
 */
export function resetFailed(
  core: CoreState,
  { entry, instance }: Extract<Lookup, { ok: true }>,
  command: Command,
): CommandOutcome {
  const isMeant = (name: string): boolean => meansAll(command) || name === instance;
  if (entry.lastEnd?.failure !== undefined && isMeant(entry.lastEnd.instance)) entry.lastEnd = undefined;
  for (const [name, { failure }] of entry.copyEnds)
    if (failure !== undefined && isMeant(name)) entry.copyEnds.delete(name);
  for (const job of [...entry.jobs.values()]) if (isMeant(job.ref.instance)) forgetRespawns(core, job);
  return { ok: true, job: { name: entry.name, instance } };
}

function meansAll({ env, instance }: Command): boolean {
  return env.length === 0 && instance === undefined;
}

function forgetRespawns(core: CoreState, job: Job): void {
  job.respawns = NO_RESPAWNS;
  job.respawnAt = undefined;
  core.effects.push({ kind: 'job-changed', job: job.ref, from: job.state, to: job.state, goal: job.goal });
  if (isBackingOff(job) && job.goal !== 'stop') advance(core, job);
}
