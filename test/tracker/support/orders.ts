/**
 * Orders in which a supervisor may come to observe one and the same course of events. The verdict at the end must not
 * depend on them (DESIGN section 3, "the order of evidence").
 */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import type { TraceLine } from '../../../src/tracker/trace/format.js';
import { MILLISECOND } from './scene.js';

export const ORDERS = ['recorded', 'events', 'late-exits', 'batch'] as const;
export type Order = (typeof ORDERS)[number];

/** How much later than the reaping an exit event may come: it is sent after the parent has been woken. */
const EXIT_EVENT_LATE: Nanoseconds = 5 * MILLISECOND;
const BATCH: Nanoseconds = 50 * MILLISECOND;

/** Lines that are no observation, but stand between two: a batch never extends over them. */
const MARKS: ReadonlySet<string> = new Set(['start', 'P0', 'sent', 'phase', 'note', 'end']);

/** Rewrites a trace: `r` of each line becomes the time at which it is observed, and the lines stand in that order. */
export function observedAs(order: Order, lines: readonly TraceLine[]): TraceLine[] {
  switch (order) {
    case 'recorded':
      return [...lines];
    case 'events':
      return asTheyHappened(byTime(lines));
    case 'late-exits':
      return asTheyHappened(reapsFirst(byTime(lines)));
    case 'batch':
      return inBatches(byTime(lines));
  }
}

function byTime(lines: readonly TraceLine[]): TraceLine[] {
  return [...lines].sort((a, b) => a.t - b.t);
}

/** Each line is observed at once, after those before it. */
function asTheyHappened(lines: readonly TraceLine[]): TraceLine[] {
  let latest = 0;
  return lines.map((line) => {
    latest = Math.max(latest, line.t);
    return { ...line, r: latest };
  });
}

/** Every reaping overtakes the exit events just before it. */
function reapsFirst(lines: readonly TraceLine[]): TraceLine[] {
  const result: TraceLine[] = [];
  for (const line of lines) {
    let place = result.length;
    const overtakes = (before: TraceLine | undefined): boolean =>
      before?.ev === 'exit' && before.t > line.t - EXIT_EVENT_LATE;
    if (line.ev === 'reap') while (overtakes(result[place - 1])) place--;
    result.splice(place, 0, line);
  }
  return result;
}

/** What happens within 50 ms is observed together: the events first, then the deaths of children, by pid. */
function inBatches(lines: readonly TraceLine[]): TraceLine[] {
  const result: TraceLine[] = [];
  let batch: TraceLine[] = [];
  const flush = (): void => {
    const r = Math.max(...batch.map((line) => line.t));
    const reaps = batch.filter((line) => line.ev === 'reap').sort((a, b) => pidOf(a) - pidOf(b));
    const events = batch.filter((line) => line.ev !== 'reap');
    result.push(...[...events, ...reaps].map((line) => ({ ...line, r })));
    batch = [];
  };
  for (const line of lines) {
    const mark = MARKS.has(line.ev);
    if (mark || (batch[0] !== undefined && line.t - batch[0].t > BATCH)) flush();
    if (mark) result.push(line);
    else batch.push(line);
  }
  flush();
  return result;
}

function pidOf(line: TraceLine): number {
  return line.fields['pid'] as number;
}
