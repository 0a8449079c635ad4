/** Emits and releases events; `dispatch.ts` handles them. */
import type { CommandId } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { eventRecord, type EmittedEvent, type Job } from '../model.js';

/**
 * Emits an event. It is handled after the present input.
 *
 * @param waiting the job that stays in its state until the event is finished, or the command that waits for
 * it
 */
export function emitEvent(
  core: CoreState,
  name: string,
  env: readonly string[],
  waiting: { readonly blockedJob?: Job; readonly command?: CommandId } = {},
): EmittedEvent {
  const event: EmittedEvent = eventRecord.create({
    id: core.events.nextId,
    name,
    env,
    blockedJob: waiting.blockedJob?.key,
    command: waiting.command,
  });
  core.events.nextId += 1;
  core.events.living.set(event.id, event);
  core.events.pending.push(event);
  core.effects.push({ kind: 'event', name, env });
  return event;
}

/**
 * Returns an event of a former supervisor that an expression still holds: it was offered to all jobs then, and
 * nobody waits for it.
 */
export function heldEvent(core: CoreState, name: string, env: readonly string[]): EmittedEvent {
  const event = eventRecord.create({ id: core.events.nextId, name, env, progress: 'handling' });
  core.events.nextId += 1;
  core.events.living.set(event.id, event);
  return event;
}

/** Returns the job that stays in its state until this event is finished. */
export function blockedJob(core: CoreState, event: EmittedEvent): Job | undefined {
  return event.blockedJob === undefined ? undefined : core.jobs.get(event.blockedJob);
}

/** Removes one holder. The last one to go lets the event finish. */
export function releaseEvent(core: CoreState, event: EmittedEvent, outcome: 'ok' | 'failed' = 'ok'): void {
  event.holders -= 1;
  if (outcome === 'failed') event.failed = true;
  if (event.holders === 0 && event.progress === 'handling') core.events.released.push(event);
}

export function releaseEvents(core: CoreState, events: readonly EmittedEvent[]): void {
  for (const event of events) releaseEvent(core, event);
}
