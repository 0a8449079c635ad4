import { oneOf, seconds } from './argument.js';
import { HOOK_TIMEOUTS } from '../job-class/defaults.js';
import { takes, type Stanza } from './stanza.js';
import { PROCESS_NAMES, type ProcessName } from '../job-class/values.js';

const HOOKS = [
  ['pre-start', 'before main; when it fails, the job fails'],
  [
    'post-start',
    'when main has been started, before the job counts as started; its exit status does not matter',
  ],
  ['pre-stop', 'when the job is to stop, while main still runs; its exit status does not matter'],
  ['post-stop', 'when main has ended; of an `.ini` job EXIT_STATUS or EXIT_SIGNAL says how'],
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

/** The processes that have a limit of their own: not main, which may run for ever. */
const LIMITED = PROCESS_NAMES.filter((name): name is Exclude<ProcessName, 'main'> => name !== 'main');

/** What runs, and when. */
export const PROCESS_STANZAS: readonly Stanza[] = [
  {
    name: 'exec',
    topic: 'Processes',
    origin: 'Upstart',
    body: { kind: 'command', process: 'main' },
    meaning:
      'Gives the command of main; a shell runs it only if it has characters that mean something to one, and then as `exec COMMAND`. In `.ini` several commands (`a && b`, `a | b`) run as `sh -c` runs them, and variables before a command are set for it.',
    fields: { processes: PROCESSES },
  },
  {
    name: 'script',
    topic: 'Processes',
    origin: 'Upstart',
    body: { kind: 'script', process: 'main' },
    meaning: 'Gives main as a script for `/bin/sh -e`, up to a line `end script`.',
    fields: { processes: PROCESSES },
  },
  ...HOOKS.flatMap(([process, when]): Stanza[] => [
    {
      name: `${process} exec`,
      topic: 'Processes',
      origin: 'Upstart',
      body: { kind: 'command', process },
      meaning: `Gives a command to run ${when}.`,
      fields: { processes: PROCESSES },
    },
    {
      name: `${process} script`,
      topic: 'Processes',
      origin: 'Upstart',
      body: { kind: 'script', process },
      meaning: `Gives a script to run ${when}.`,
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
    default: `${HOOK_TIMEOUTS.native} in \`.ini\`; in \`.conf\` ${HOOK_TIMEOUTS.start} on the way up and ${HOOK_TIMEOUTS.stop} on the way down`,
    meaning:
      'Limits how long a process beside main may take: it is killed then, and counts as failed. Once the job is to stop, a hook of the way up has no more than `kill timeout` left.',
    fields: {
      timeouts: {
        type: 'object',
        propertyNames: { enum: LIMITED },
        additionalProperties: { type: 'number', exclusiveMinimum: 0 },
      },
    },
  },
];
