/**
 * An emitted event and its lifecycle (Upstart section 3.3).
 *
 *      pending ──▶ handling ──▶ finished
 *                  offered to    no holders left: waiting jobs and commands go on;
 *                  all jobs      if it failed, NAME/failed is emitted
 *
 * An event is held by operators that have latched it and have not been used yet, and by jobs that it starts
 * or stops, until these have got there or have failed.
 */
import { quoteWord } from '../../../jobfile/expression/print.js';
import type { EmittedEvent } from '../model/event.js';

/** Returns the value of an event variable. The last one of that name counts. */
export function eventVariable(event: EmittedEvent, key: string): string | undefined {
  const prefix = `${key}=`;
  return event.env.findLast((assignment) => assignment.startsWith(prefix))?.slice(prefix.length);
}

/** Returns the value of the event's variable number `index`, counted from 0. */
export function positionalVariable(event: Pick<EmittedEvent, 'env'>, index: number): string | undefined {
  const assignment = event.env[index];
  return assignment?.slice(assignment.indexOf('=') + 1);
}

/** Formats an event as on the command line of emit: `starting JOB=foo INSTANCE=`. */
export function describeEvent({ name, env }: EmittedEvent): string {
  return [name, ...env.map(quoteWord)].join(' ');
}
