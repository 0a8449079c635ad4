/**
 * Saves the events that `start on a and b` and `stop on a and b` hold, as JSON that survives a crash.
 *
 * The events themselves are not saved: a command or a job (in `starting` or `stopping`) that waited for one gets no
 * answer, and goes on. Each held event comes back as a new event with the same name and variables, for which
 * nothing waits.
 */
import { literal, nullable, string } from '../../../codec/codec.js';
import { list, type JsonObject } from '../../../codec/containers.js';
import { record, type Recorded } from '../../../codec/record.js';
import { expectedEvents } from '../../../jobfile/expression/event-expression.js';
import { jobKey } from '../../../tracker/job-key.js';
import { reofferEvents } from '../classes.js';
import type { CoreState } from '../core-state.js';
import { heldEvent } from '../events/queue.js';
import { latched, leavesOf } from '../events/operator.js';
import { heldBy, type EmittedEvent, type Operator } from '../model.js';
import { jobRef } from '../model/names.js';
import { isDeepStrictEqual } from 'node:util';

const leaves = list(nullable(record({ name: string, env: list(string) })));
type Leaves = ReturnType<(typeof leaves)['read']>;

export const latchesSnapshot = record({
  version: literal(1),
  starts: list(record({ class: string, expression: expectedEvents, leaves })),
  stops: list(record({ job: jobRef, expression: expectedEvents, leaves })),
});
interface LatchesSnapshot extends Recorded<typeof latchesSnapshot> {}

/** Returns what is held; undefined if that is nothing. */
export function saveLatches(core: CoreState): JsonObject | undefined {
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
  if (starts.length === 0 && stops.length === 0) return undefined;
  return latchesSnapshot.write({ version: 1, starts, stops }, undefined);
}

function leavesIn(operator: Operator): Leaves {
  return heldBy(operator).map((event) => event && { name: event.name, env: event.env });
}

/** Restores held events after a crash, when all jobs have been recovered. It starts or stops no job. */
export function restoreLatches(core: CoreState, { starts, stops }: LatchesSnapshot): void {
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
}

function leafCount(expression: Recorded<typeof expectedEvents>): number {
  return leavesOf(latched(expression, [])).length;
}
