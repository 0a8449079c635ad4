/**
 * Formats the output of `show-config`: the events that a job class emits and waits for, in Upstart's layout
 * (section 6).
 */
import {
  leavesOf,
  type EventLeaf,
  type EventMatch,
  type ExpectedEvents,
} from '../../jobfile/expression/event-expression.js';
import { printExpression } from '../../jobfile/expression/print.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';

/** Events that jobs emit. The operand JOB, or the first positional one, names the job (Upstart 3.5). */
export const JOB_EVENTS = ['starting', 'started', 'stopping', 'stopped'];

/**
 * Returns the lines of one class.
 * @param enumerate print one line per event instead of the whole expression (`show-config -e`)
 */
export function showConfig(job: JobClass, enumerate: boolean): string {
  const expression = (word: string, events: ExpectedEvents | undefined): string[] => {
    if (events === undefined) return [];
    if (!enumerate) return [`  ${word} ${printExpression(events)}`];
    return leavesOf(events).map((leaf) => `  ${word} ${describeLeaf(leaf)}`);
  };
  const lines = [
    job.name,
    ...job.emits.map((event) => `  emits ${event}`),
    ...expression('start on', job.startOn),
    ...expression('stop on', job.stopOn),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns the operand of a job event that names the job. */
export function jobOperand(leaf: EventLeaf): EventMatch | undefined {
  if (!JOB_EVENTS.includes(leaf.name)) return undefined;
  return leaf.matches.find((match, index) => match.key === 'JOB' || (index === 0 && match.key === undefined));
}

function describeLeaf(leaf: EventLeaf): string {
  const job = jobOperand(leaf);
  const others = leaf.matches.filter((match) => match !== job).map((match) => match.text);
  const env = others.length === 0 ? '' : ` ${others.join(' ')}`;
  return `${leaf.name} (job:${job === undefined ? '' : ` ${job.pattern}`}, env:${env})`;
}
