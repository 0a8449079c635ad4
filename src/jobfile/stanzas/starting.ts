import { oneOf, text, MOST_INSTANCES, instanceCount, integer, optional } from './argument.js';
import { timesOf } from '../crontab.js';
import { Refusal } from '../job-file-error.js';
import { flag, takesField, takesMany, type Stanza, takes } from './stanza.js';
import { WORDS } from '../job-class/job-class.js';

const EXPRESSION = {
  type: 'array',
  minItems: 2,
  items: [{ enum: ['event', 'and', 'or'] }],
  additionalItems: { type: ['string', 'array'] },
};
/** Ports are numbers of instances, too. */
const MOST_FIRST = 1_000_000;
const NAMES = { type: 'array', items: { type: 'string', minLength: 1 } };

function checkedTimes(times: string): string {
  try {
    timesOf(times);
    return times;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const expected = `five fields of crontab(5), or one of its words with @ (${error.message})`;
    throw new Refusal({ line: 0, message: 'Illegal schedule', found: `"${times}"`, expected });
  }
}

/** When the job starts and stops by itself. */
export const STARTING: readonly Stanza[] = [
  {
    name: 'start on',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: { kind: 'expression', field: 'startOn' },
    default: 'only by command',
    meaning:
      'Starts the job when these events have happened: `EVENT [VALUE]... [KEY=VALUE | KEY!=VALUE]...`, joined by `and`, `or` and parentheses.',
    fields: { startOn: EXPRESSION },
  },
  {
    name: 'start matches',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: takesField('startMatches', oneOf(...WORDS.startMatches)),
    meaning:
      'Says what becomes of an event when the part of `start on` that it matches is true already: nothing (`first`), or it begins a match of its own (`all`), so that of `a and b` each `a` starts its instance when `b` comes.',
    fields: { startMatches: { enum: WORDS.startMatches } },
  },
  {
    name: 'stop on',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: { kind: 'expression', field: 'stopOn' },
    default: 'only by command',
    meaning: 'Stops the job when these events have happened.',
    fields: { stopOn: EXPRESSION },
  },
  {
    name: 'manual',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: {
      kind: 'word',
      apply: (draft) => {
        delete draft.startOn;
        delete draft.schedule;
        draft.manual = true;
      },
      write: (job) => job.manual === true,
    },
    meaning:
      'Forgets a `start on` and a `schedule` that stand before it, in this file or in the one that it overrides (`foster disable` writes it).',
    fields: { manual: { const: true } },
  },
  {
    name: 'requires',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: takesMany(
      text('JOB...', 'the name of a job'),
      (draft, jobs) => {
        draft.requires = [...draft.requires, ...jobs];
      },
      (job) => job.requires,
    ),
    accumulates: true,
    meaning: 'Starts these jobs first, and stops this one when one of them stops.',
    fields: { requires: NAMES },
  },
  {
    name: 'after',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: takesMany(
      text('JOB...', 'the name of a job'),
      (draft, jobs) => {
        draft.after = [...draft.after, ...jobs];
      },
      (job) => job.after,
    ),
    accumulates: true,
    meaning: 'Waits with the start for these jobs, where they are starting too.',
    fields: { after: NAMES },
  },
  {
    name: 'schedule',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: takesMany(
      text('TIME...', 'when to start, as five fields of crontab(5), or as a word with @'),
      (draft, words) => {
        draft.schedule = checkedTimes(words.join(' '));
      },
      (job) => job.schedule?.split(' ') ?? [],
    ),
    meaning: 'Starts the job at these times, written as in crontab(5).',
    fields: { schedule: { type: 'string', minLength: 1 } },
  },
  {
    name: 'schedule persistent',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: flag('schedulePersistent'),
    meaning:
      'Makes up for times of `schedule` that passed while the machine was off or foster did not run, by one start as soon as it runs again.',
    fields: { schedulePersistent: { const: true } },
  },
  {
    name: 'instance',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: takes(
      [text('NAME', 'a name, usually with variables, in quotes if it has blanks')],
      (draft, name) => {
        draft.instance = name;
        delete draft.instances;
      },
      ({ instance }) => (instance === undefined ? [] : [[instance]]),
    ),
    default: 'one job of this class at a time',
    meaning: 'Allows a job for each value that NAME has once its variables are filled in.',
    fields: { instance: { type: 'string', minLength: 1 } },
  },
  {
    name: 'instances',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: takes(
      [instanceCount, optional(integer('FIRST', 'Illegal number of an instance', 0, MOST_FIRST))],
      (draft, count, first) => {
        delete draft.instance;
        draft.instances = { count, ...(first !== undefined && first !== 1 && { first }) };
      },
      ({ instances }) =>
        instances === undefined
          ? []
          : [[String(instances.count), ...(instances.first === undefined ? [] : [String(instances.first)])]],
    ),
    default: 'one job of this class',
    meaning:
      'Runs so many copies of the job beside each other, `cpus` as many as there are processors. Each has its number in `INSTANCE`, from FIRST (1) on, and is called `NAME (NUMBER)`; a start, a stop or a restart of NAME means all of them, and `foster scale NAME COUNT` changes how many there are.',
    fields: {
      instances: {
        type: 'object',
        required: ['count'],
        additionalProperties: false,
        properties: {
          count: { anyOf: [{ const: 'cpus' }, { type: 'integer', minimum: 0, maximum: MOST_INSTANCES }] },
          first: { type: 'integer', minimum: 0, maximum: MOST_FIRST },
        },
      },
    },
  },
  {
    name: 'task',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: flag('task'),
    meaning: 'Says that main ends by itself, and that a start is complete only then.',
    fields: { task: { const: true } },
  },
  {
    name: 'essential',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: flag('essential'),
    meaning: 'Ends the supervisor with the status of this job when it has ended for good.',
    fields: { essential: { const: true } },
  },
  {
    name: 'expect',
    topic: 'Readiness',
    origin: 'Upstart',
    body: takesField('expect', oneOf(...WORDS.expect)),
    meaning:
      'Says that main stops itself when it is ready (`stop`), or that it puts itself in the background (`daemon`, `fork`), however often it forks.',
    fields: { expect: { enum: ['stop', 'daemon', 'fork'] } },
  },
  {
    name: 'hand off',
    topic: 'Readiness',
    origin: 'foster',
    body: takesField('handOff', oneOf(...WORDS.handOff)),
    meaning:
      'Says which process may become main when main ends with status 0: any that is left behind (`any`), only one that has left main’s session (`session`), or none (`never`).',
    fields: { handOff: { enum: WORDS.handOff } },
  },
];
