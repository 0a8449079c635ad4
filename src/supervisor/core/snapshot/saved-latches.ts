/**
 * Saves the events that `start on a and b` and `stop on a and b` hold, and those that are not handled yet, as JSON that
 * survives a crash.
 *
 * The events themselves are not saved: a command or a job (in `starting` or `stopping`) that waited for one gets no
 * answer, and goes on. Each held event comes back as a new event with the same name and variables, for which
 * nothing waits, and each event that was not handled is emitted again: a machine that boots handles its events over
 * seconds (events/pause.ts).
 */
import { literal, nullable, string } from '../../../codec/codec.js';
import { list, type JsonObject } from '../../../codec/containers.js';
import { field } from '../../../codec/field.js';
import { record, type Recorded } from '../../../codec/record.js';
import { expectedEvents } from '../../../jobfile/expression/event-expression.js';
import { jobKey } from '../../../tracker/job-key.js';
import { reofferEvents } from '../classes.js';
import type { CoreState } from '../core-state.js';
import { emitEvent, heldEvent } from '../events/queue.js';
import { latched, leavesOf } from '../events/operator.js';
import type { PendingEvent } from '../contract.js';
import { heldBy, type EmittedEvent, type Operator } from '../model.js';
import { jobRef } from '../model/names.js';
import { isDeepStrictEqual } from 'node:util';

const savedEvent = record({ name: string, env: list(string) });
const leaves = list(nullable(savedEvent));
type Leaves = ReturnType<(typeof leaves)['read']>;

export const latchesSnapshot = record({
  version: literal(1),
  starts: list(record({ class: string, expression: expectedEvents, leaves })),
  stops: list(record({ job: jobRef, expression: expectedEvents, leaves })),
  /** not yet offered to the jobs, in order */
  pending: field(list(savedEvent), { initial: [], isNew: true }),
});
interface LatchesSnapshot extends Recorded<typeof latchesSnapshot> {}

/**
 * Returns what is held and what is not handled; undefined if that is nothing.
 * @param handled events that count as not handled
 */
export function saveLatches(core: CoreState, handled: readonly PendingEvent[]): JsonObject | undefined {
  const starts = [...core.classes.all()].flatMap(({ name, startOn }) =>
    (startOn?.matches ?? []).map((match) => ({
      class: name,
      expression: startOn!.expression,
      leaves: leavesIn(match),
    })),
  );
  const stops = [...core.jobs.values()].flatMap(({ ref, class: { stopOn: expression }, stopOn }) => {
    const held = stopOn === undefined ? [] : leavesIn(stopOn);
    return expression === undefined || held.every((one) => one === undefined)
      ? []
      : [{ job: ref, expression, leaves: held }];
  });
  const pending = [...handled, ...core.events.pending].map(({ name, env }) => ({ name, env }));
  if (starts.length === 0 && stops.length === 0 && pending.length === 0) return undefined;
  return latchesSnapshot.write({ version: 1, starts, stops, pending }, undefined);
}

function leavesIn(operator: Operator): Leaves {
  return heldBy(operator).map((event) => event && { name: event.name, env: event.env });
}

/**
 * Restores held events after a crash, when all jobs have been recovered; these start or stop no job. Emits again what was not
 * handled.
 */
export function restoreLatches(core: CoreState, { starts, stops, pending }: LatchesSnapshot): void {
  const events: EmittedEvent[] = [];
  const revive = (held: Leaves): readonly (EmittedEvent | undefined)[] =>
    held.map((one) => {
      const event = one && heldEvent(core, one.name, one.env);
      if (event !== undefined) events.push(event);
      return event;
    });
  for (const { class: name, expression, leaves: held } of starts) {
    const startOn = core.classes.get(name)?.startOn;
    if (startOn === undefined) continue;
    const revived = revive(held);
    if (isDeepStrictEqual(startOn.expression, expression) && revived.length === leafCount(startOn.expression))
      startOn.restore(revived);
    else
      reofferEvents(
        core,
        startOn,
        revived.filter((event) => event !== undefined),
      );
  }
  for (const { job: ref, expression, leaves: held } of stops) {
    const job = core.jobs.get(jobKey(ref));
    const stopOn = job?.class.stopOn;
    if (job === undefined || stopOn === undefined || !isDeepStrictEqual(stopOn, expression)) continue;
    if (held.length === leafCount(stopOn)) job.stopOn = latched(stopOn, revive(held));
  }
  for (const event of events) if (event.holders === 0) core.events.released.push(event);
  for (const { name, env } of pending) emitEvent(core, name, env);
}

function leafCount(expression: Recorded<typeof expectedEvents>): number {
  return leavesOf(latched(expression, [])).length;
}
