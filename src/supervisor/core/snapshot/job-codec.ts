/** How a job is saved: each of its fields, once, with both directions (see record.ts). */
import {
  amount,
  boolean,
  checked,
  converted,
  count,
  literal,
  nullable,
  pid,
  string,
  type Codec,
} from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { mismatch } from '../../../codec/decode-error.js';
import { keyed, recordOf } from '../../../codec/record.js';
import { STATES, type JobRef } from '../contract.js';
import { environmentOf, toAssignments, type Environment } from '../environment.js';
import { jobKey, jobLabel } from '../../../tracker/job-key.js';
import type { EmittedEvent, Failure, Job, JobProcess, Killing, Operator, Run, Waiter } from '../model.js';
import { latched, leavesOf } from '../events/operator.js';
import type { RespawnRecord } from '../job/respawn.js';
import type { ExpectedEvents } from '../../../jobfile/expression/event-expression.js';
import { due, eventReference, since, type CoreContext } from './context.js';
import { endStatus, history } from './history-codec.js';
import { NO_HISTORY } from '../job-history.js';
import { PROCESS_NAMES } from '../../../jobfile/job-class/values.js';
import { field, inlined, linked, optional, transient } from '../../../codec/field.js';
import { jobClass } from '../../../jobfile/job-class/job-class.js';

const processName = literal(...PROCESS_NAMES);

/** NUL is in no name: a key is made of it. */
export const instanceName = checked(string, 'no NUL character in it', (text) => !text.includes('\0'));
export const jobName = checked(instanceName, 'a name', (name) => name !== '');

export const jobRef = recordOf<JobRef>({ name: jobName, instance: instanceName });

const jobProcess = recordOf<JobProcess, CoreContext>({ pid, since: field(since, { name: 'age' }) });

export const environment: Codec<Environment> = converted(list(string), toAssignments, environmentOf);

export const failure = recordOf<Failure>({
  process: literal(...PROCESS_NAMES, 'respawn', 'requires'),
  status: nullable(endStatus),
  text: string,
});

type Exit = NonNullable<Job['lastExit']>;

export const exit = recordOf<Exit, CoreContext>({
  status: endStatus,
  pid,
  at: field(since, { name: 'age' }),
});

const run = recordOf<Run, CoreContext>({
  launcher: nullable(jobProcess),
  programSince: field(nullable(since), { name: 'programAge', whenAbsent: () => undefined }),
  ready: boolean,
  settled: boolean,
  handedOff: boolean,
  continued: boolean,
  isEmpty: optional(boolean),
  watchdogInterval: optional(amount),
  hung: optional(string),
});

const killing = recordOf<Killing, CoreContext>({
  since: field(since, { name: 'age' }),
  reason: literal('stop', 'death', 'failed-start'),
  forced: boolean,
  members: literal('not-asked', 'asked', 'ended'),
});

const respawns = recordOf<RespawnRecord, CoreContext>({
  windowStart: field(nullable(since), { name: 'windowAge' }),
  count,
  inARow: count,
  total: count,
});

/** For each leaf of an expression, from left to right, the event that it holds. */
export const latches = list(eventReference);

/** What the leaves of an operator hold. */
export function heldBy(operator: Operator): readonly (EmittedEvent | undefined)[] {
  return leavesOf(operator).map((leaf) => leaf.event);
}

function readOperator(
  json: unknown,
  expression: ExpectedEvents | undefined,
  context: CoreContext,
): Operator | undefined {
  const held = latches.read(json, context);
  if (expression === undefined) return undefined;
  const operator = latched(expression, held);
  const leaves = leavesOf(operator).length;
  return held.length === leaves ? operator : mismatch(`a list of ${leaves}, as stop on has events`, json);
}

const heldEvents = list(eventReference);

/** Commands are not saved: their clients have lost their connection by the time this is read. */
const waiters: Codec<Waiter[], CoreContext> = {
  write: (all, context) =>
    heldEvents.write(
      all.flatMap((waiter) => (waiter.kind === 'event' ? [waiter.event] : [])),
      context,
    ),
  read: (json, context) => {
    const events = heldEvents.read(json, context).filter((event) => event !== undefined);
    for (const event of events) event.holders += 1;
    return events.map((event) => ({ kind: 'event', event }));
  },
};

export const job = recordOf<Job, CoreContext>({
  ref: inlined(jobRef),
  key: transient('follows from the reference', ({ ref }) => jobKey(ref)),
  label: transient('follows from the reference', ({ ref }) => jobLabel(ref)),
  class: jobClass,
  entry: transient(
    'the registry has it',
    ({ ref, class: own }, { classes }) => classes.get(ref.name) ?? classes.add(ref.name, own),
  ),
  stopOn: linked(
    'stopLatches',
    (operator, context) => (operator === undefined ? [] : latches.write(heldBy(operator), context)),
    (json, context, { class: { stopOn } }) => readOperator(json, stopOn, context),
  ),
  goal: literal('stop', 'start', 'respawn'),
  goalSince: field(since, { name: 'goalAge' }),
  state: checked(literal(...STATES), 'a state of a job that lives', (state) => state !== 'waiting'),
  since: field(since, { name: 'age' }),
  restartPending: field(boolean, { name: 'cycle' }),
  reloadOnRestart: field(boolean, { name: 'fresh' }),
  env: environment,
  startEnv: nullable(environment),
  stopEnv: list(string),
  processes: keyed('process', processName, jobProcess),
  spawning: nullable(processName),
  hookEnding: literal('no', 'signalled', 'forced'),
  blockingEvent: field(eventReference, { name: 'blocker' }),
  waiters: field(waiters, { name: 'heldEvents' }),
  run,
  killing: nullable(killing),
  failure: nullable(failure),
  lastExit: nullable(exit),
  respawns,
  respawnAt: field(nullable(due), { name: 'respawnIn' }),
  shortages: field(count, { whenAbsent: () => 0 }),
  history: field(history, { whenAbsent: () => NO_HISTORY }),
});
