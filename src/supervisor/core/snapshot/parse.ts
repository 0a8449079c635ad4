/** Checks that something is what `save` writes, before anything is done with it. */
import type { ExpectedEvents } from '../../../jobfile/event-expression.js';
import { PROCESS_NAMES, type JobClass } from '../../../jobfile/job-class.js';
import { STATES, type Goal } from '../contract.js';
import type { EndReason, Job, Killing } from '../job/job.js';
import { TIMER_KINDS } from '../timers.js';
import { ObjectReader, SavedStateError } from './reader.js';
import { SAVED_VERSION, type SavedCore, type SavedEvent, type SavedJob, type SavedLatches } from './saved.js';

const GOALS: readonly Goal[] = ['stop', 'start', 'respawn'];
const HOOK_ENDINGS: readonly Job['hookEnding'][] = ['no', 'signalled', 'forced'];
const END_REASONS: readonly EndReason[] = ['stop', 'death', 'failed-start'];
const MEMBERS: readonly Killing['members'][] = ['not-asked', 'asked', 'ended'];

/** @throws SavedStateError that names the place and what was expected there */
export function parseSaved(saved: unknown): SavedCore {
  const reader = new ObjectReader(saved, '');
  const version = reader.number('version');
  if (version !== SAVED_VERSION) {
    throw new SavedStateError(
      'version',
      `this is version ${version}, and only ${SAVED_VERSION} is understood`,
    );
  }
  return {
    version: SAVED_VERSION,
    events: reader.list('events', parseEvent),
    latches: reader.list('latches', parseLatches),
    jobs: reader.list('jobs', parseJob),
  };
}

function parseEvent(value: unknown, where: string): SavedEvent {
  const event = new ObjectReader(value, where);
  return {
    id: event.number('id'),
    name: event.string('name'),
    env: event.strings('env'),
    progress: event.oneOf('progress', ['pending', 'handling'] as const),
    failed: event.boolean('failed'),
  };
}

function parseLatches(value: unknown, where: string): SavedLatches {
  const latches = new ObjectReader(value, where);
  return {
    class: latches.string('class'),
    // It is only compared with the expression of the class that is loaded.
    expression: latches.raw('expression') as ExpectedEvents,
    leaves: latches.ids('leaves'),
  };
}

function parseJob(value: unknown, where: string): SavedJob {
  const job = new ObjectReader(value, where);
  return {
    name: job.string('name'),
    instance: job.string('instance'),
    class: parseClass(job, 'class'),
    goal: job.oneOf('goal', GOALS),
    goalAge: job.number('goalAge'),
    state: job.oneOf('state', STATES),
    age: job.number('age'),
    cycle: job.boolean('cycle'),
    fresh: job.boolean('fresh'),
    env: job.strings('env'),
    startEnv: job.nullable('startEnv', (key) => job.strings(key)) ?? null,
    stopEnv: job.strings('stopEnv'),
    processes: job.list('processes', (process, place) => ({
      process: new ObjectReader(process, place).oneOf('process', PROCESS_NAMES),
      ...parseProcess(new ObjectReader(process, place)),
    })),
    spawning: job.nullable('spawning', (key) => job.oneOf(key, PROCESS_NAMES)) ?? null,
    hookEnding: job.oneOf('hookEnding', HOOK_ENDINGS),
    blocker: job.nullable('blocker', (key) => job.number(key)) ?? null,
    heldEvents: job.ids('heldEvents').filter((id) => id !== null),
    stopLatches: job.ids('stopLatches'),
    run: parseRun(job.object('run')),
    ...parseEndings(job),
    respawnIn: job.nullable('respawnIn', (key) => job.number(key)) ?? null,
    timers: job.list('timers', (timer, place) => {
      const fields = new ObjectReader(timer, place);
      return { kind: fields.oneOf('kind', TIMER_KINDS), in: fields.number('in') };
    }),
  };
}

/**
 * Only the skeleton of a class is checked: it was written by this program and is of the same version, and a parser of
 * job files stands before everything that comes from people.
 */
function parseClass(job: ObjectReader, key: string): JobClass {
  const fields = job.object(key);
  fields.string('name');
  fields.object('source').string('path');
  fields.object('processes');
  fields.strings('env');
  fields.strings('export');
  return job.raw(key) as JobClass;
}

function parseProcess(process: ObjectReader): { pid: number; age: number } {
  return { pid: process.pid('pid'), age: process.number('age') };
}

function parseRun(run: ObjectReader): SavedJob['run'] {
  return {
    launcher: run.nullable('launcher', (key) => parseProcess(run.object(key))) ?? null,
    ready: run.boolean('ready'),
    settled: run.boolean('settled'),
    handedOff: run.boolean('handedOff'),
    continued: run.boolean('continued'),
  };
}

function parseEndings(job: ObjectReader): Pick<SavedJob, 'killing' | 'failure' | 'lastExit' | 'respawns'> {
  const respawns = job.object('respawns');
  return {
    killing:
      job.nullable('killing', (key) => {
        const killing = job.object(key);
        return {
          reason: killing.oneOf('reason', END_REASONS),
          forced: killing.boolean('forced'),
          members: killing.oneOf('members', MEMBERS),
          age: killing.number('age'),
        };
      }) ?? null,
    failure:
      job.nullable('failure', (key) => {
        const failure = job.object(key);
        return {
          process: failure.oneOf('process', [...PROCESS_NAMES, 'respawn', 'requires'] as const),
          status: failure.nullable('status', (field) => failure.number(field)) ?? null,
          text: failure.string('text'),
        };
      }) ?? null,
    lastExit:
      job.nullable('lastExit', (key) => {
        const exit = job.object(key);
        return { status: exit.number('status'), ...parseProcess(exit) };
      }) ?? null,
    respawns: {
      windowAge: respawns.nullable('windowAge', (key) => respawns.number(key)) ?? null,
      count: respawns.number('count'),
      inARow: respawns.number('inARow'),
      total: respawns.number('total'),
    },
  };
}
