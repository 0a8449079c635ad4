import { oneOf, seconds } from './argument.js';
import { HOOK_TIMEOUTS } from '../job-class/defaults.js';
import { takes, type Stanza } from './stanza.js';
import { PROCESS_NAMES, type ProcessName } from '../job-class/values.js';

const HOOKS = [
  ['pre-start', 'before main. If it fails, the job fails'],
  ['post-start', 'after main has started and before the job counts as started. Its exit status is ignored'],
  ['pre-stop', 'when the job is about to stop, while main is still running. Its exit status is ignored'],
  ['post-stop', 'after main has ended. In an `.ini` job, EXIT_STATUS or EXIT_SIGNAL tells how it ended'],
] as const;

const COMMAND = {
  oneOf: [
    {
      type: 'object',
      properties: { exec: { type: 'string' } },
      required: ['exec'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { script: { type: 'string' } },
      required: ['script'],
      additionalProperties: false,
    },
  ],
};

const PROCESSES = {
  type: 'object',
  properties: Object.fromEntries(PROCESS_NAMES.map((name) => [name, COMMAND])),
  additionalProperties: false,
};

/** The processes with their own timeouts: not main, which may run for ever. */
const LIMITED = PROCESS_NAMES.filter((name): name is Exclude<ProcessName, 'main'> => name !== 'main');

/** The processes of a job, and when they run. */
export const PROCESS_STANZAS: readonly Stanza[] = [
  {
    name: 'exec',
    topic: 'Processes',
    origin: 'Upstart',
    body: { kind: 'command', process: 'main' },
    meaning:
      'Runs this command as main. foster starts a shell only if the command contains shell characters, and the shell runs it with `exec`. In `.ini`, `a && b` and `a | b` run as under `sh -c`, and `A=1 command` sets a variable.',
    fields: { processes: PROCESSES },
  },
  {
    name: 'script',
    topic: 'Processes',
    origin: 'Upstart',
    body: { kind: 'script', process: 'main' },
    meaning: 'Runs this script as main, with `/bin/sh -e`. It ends with a line `end script`.',
    fields: { processes: PROCESSES },
  },
  ...HOOKS.flatMap(([process, when]): Stanza[] => [
    {
      name: `${process} exec`,
      topic: 'Processes',
      origin: 'Upstart',
      body: { kind: 'command', process },
      meaning: `Runs this command ${when}.`,
      fields: { processes: PROCESSES },
    },
    {
      name: `${process} script`,
      topic: 'Processes',
      origin: 'Upstart',
      body: { kind: 'script', process },
      meaning: `Runs this script ${when}.`,
      fields: { processes: PROCESSES },
    },
  ]),
  {
    name: 'timeout',
    topic: 'Processes',
    origin: 'foster',
    body: takes(
      [oneOf(...LIMITED), seconds('SECONDS', 0.001)],
      (draft, process, limit) => {
        draft.timeouts[process] = limit;
      },
      (job) =>
        LIMITED.flatMap((name) =>
          job.timeouts[name] === undefined ? [] : [[name, String(job.timeouts[name])]],
        ),
    ),
    accumulates: true,
    default: `${HOOK_TIMEOUTS.native} in \`.ini\`; in \`.conf\` ${HOOK_TIMEOUTS.start} at a start and ${HOOK_TIMEOUTS.stop} at a stop`,
    meaning:
      'Limits the run time of a process other than main. foster then kills it, and it counts as failed. After a stop has begun, a `pre-start` or `post-start` process gets at most `kill timeout`.',
    fields: {
      timeouts: {
        type: 'object',
        propertyNames: { enum: LIMITED },
        additionalProperties: { type: 'number', exclusiveMinimum: 0 },
      },
    },
  },
];
