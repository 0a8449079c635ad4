/**
 * An emitted event and its life (Upstart section 3.3).
 *
 *      pending ──▶ handling ──▶ finished
 *                  offered to    nobody holds it any more: whoever waited for it goes on,
 *                  all jobs      and where it failed, NAME/failed is emitted
 *
 * It is held by operators that have latched it and not been used yet, and by jobs that it starts or stops, until they
 * are there or have failed.
 */
import { quoteWord } from '../../../jobfile/expression/print.js';
import type { EmittedEvent } from '../model/event.js';

/** The value of a variable of the event. A later one of the same name replaces an earlier one. */
export function eventVariable(event: EmittedEvent, key: string): string | undefined {
  const prefix = `${key}=`;
  return event.env.findLast((assignment) => assignment.startsWith(prefix))?.slice(prefix.length);
}

/** The value of the event's variable number `index`, counted from 0. */
export function positionalVariable(event: Pick<EmittedEvent, 'env'>, index: number): string | undefined {
  const assignment = event.env[index];
  return assignment?.slice(assignment.indexOf('=') + 1);
}

/** `starting JOB=foo INSTANCE=`, as one would emit it. */
export function describeEvent({ name, env }: EmittedEvent): string {
  return [name, ...env.map(quoteWord)].join(' ');
}
