import { integer, oneOf, optional, size } from '../argument.js';
import { DEFAULTS } from '../defaults.js';
import { Refusal } from '../job-file-error.js';
import { takes, takesField, type Stanza } from '../stanza.js';

/** Where the output of a job goes. */
export const OUTPUT: readonly Stanza[] = [
  {
    name: 'console',
    topic: 'Output',
    origin: 'Upstart',
    body: takes(
      [oneOf('log', 'none', 'output', 'owner', 'pty'), optional(oneOf('pty', 'prefix', 'json'))],
      (draft, destination, form) => {
        const fits =
          form === undefined ||
          (destination === 'log' ? form === 'pty' : destination === 'output' && form !== 'pty');
        if (!fits) {
          const expected = destination === 'output' ? '`prefix` or `json`' : 'the end of the line';
          throw new Refusal({ line: 0, message: 'Unexpected token', found: `"${form}"`, expected });
        }
        draft.console = form === 'pty' ? 'pty' : destination;
        delete draft.consoleFormat;
        if (form === 'prefix' || form === 'json') draft.consoleFormat = form;
      },
      (job) => {
        if (job.console === undefined) return [];
        return [
          [
            ...(job.console === 'pty' ? ['log', 'pty'] : [job.console]),
            ...(job.consoleFormat ? [job.consoleFormat] : []),
          ],
        ];
      },
    ),
    default: DEFAULTS.console,
    meaning:
      "Sends output to the job's log (`log`; through a terminal with `log pty` or `pty`, for programs that hold it back otherwise), nowhere (`none`), to the supervisor's own output with the job's name before each line or as JSON (`output prefix`, `output json`), or to the console as its owner (`owner`).",
    fields: {
      console: { enum: ['none', 'output', 'owner', 'pty'] },
      consoleFormat: { enum: ['json'] },
    },
  },
  {
    name: 'log size',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logSize', size),
    default: '10M',
    meaning: 'Starts a new log file when this one has grown so large.',
    fields: { logSize: { type: 'integer', minimum: 1 } },
  },
  {
    name: 'log count',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logCount', integer('N', 'Illegal count, expected integer', 0, 10_000)),
    default: String(DEFAULTS.logCount),
    meaning: 'Keeps so many old log files.',
    fields: { logCount: { type: 'integer', minimum: 0 } },
  },
];
