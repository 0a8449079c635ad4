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
/** Instance numbers may be ports. */
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

/** When the job starts and stops automatically. */
export const STARTING: readonly Stanza[] = [
  {
    name: 'start on',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: { kind: 'expression', field: 'startOn' },
    default: 'only by command',
    meaning:
      'Starts the job on these events: `EVENT [VALUE]... [KEY=VALUE | KEY!=VALUE]...`, combined with `and`, `or` and parentheses.',
    fields: { startOn: EXPRESSION },
  },
  {
    name: 'start matches',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: takesField('startMatches', oneOf(...WORDS.startMatches)),
    meaning:
      'Decides what happens to a repeated event while `start on` is partly true. With `first`, foster ignores it. With `all`, it begins a match of its own: with `a and b`, each `a` starts an instance when `b` comes.',
    fields: { startMatches: { enum: WORDS.startMatches } },
  },
  {
    name: 'stop on',
    topic: 'Starting and stopping',
    origin: 'Upstart',
    body: { kind: 'expression', field: 'stopOn' },
    default: 'only by command',
    meaning: 'Stops the job on these events.',
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
      'Disables an earlier `start on` and `schedule`, in this file or in the file that it overrides. `foster disable` writes this stanza.',
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
    meaning: 'Starts these jobs first and waits until they are up. Stops this job when one of them stops.',
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
    meaning: 'Starts this job after these jobs if they are starting, too.',
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
    meaning: 'Starts the job at these times, in the format of crontab(5).',
    fields: { schedule: { type: 'string', minLength: 1 } },
  },
  {
    name: 'schedule persistent',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: flag('schedulePersistent'),
    meaning:
      'Starts the job once if times of `schedule` passed while the machine was off or foster was not running.',
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
    meaning: 'Allows several instances: one for each value of NAME after its variables are expanded.',
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
      'Runs COUNT copies of the job (`cpus`: one for each processor). Each has its number in `INSTANCE`, beginning with FIRST (1), and is called `NAME (NUMBER)`. Commands on NAME apply to all copies. `foster scale NAME COUNT` changes their number.',
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
    meaning: 'Declares that main ends by itself. The start is complete when it has ended.',
    fields: { task: { const: true } },
  },
  {
    name: 'essential',
    topic: 'Starting and stopping',
    origin: 'foster',
    body: flag('essential'),
    meaning: 'Shuts foster down when this job has ended for good. foster exits with the status of the job.',
    fields: { essential: { const: true } },
  },
  {
    name: 'expect',
    topic: 'Readiness',
    origin: 'Upstart',
    body: takesField('expect', oneOf(...WORDS.expect)),
    meaning:
      'Declares how main reports that it is ready: it stops itself (`stop`), or it puts itself in the background (`daemon`, `fork`). foster does not count forks.',
    fields: { expect: { enum: ['stop', 'daemon', 'fork'] } },
  },
  {
    name: 'hand off',
    topic: 'Readiness',
    origin: 'foster',
    body: takesField('handOff', oneOf(...WORDS.handOff)),
    meaning:
      'Restricts which process may become main when main exits with status 0: any orphaned descendant (`any`), only one in a session of its own (`session`), or none (`never`).',
    fields: { handOff: { enum: WORDS.handOff } },
  },
];
