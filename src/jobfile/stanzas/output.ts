import { absolutePath, integer, oneOf, optional, size } from './argument.js';
import { Refusal } from '../job-file-error.js';
import { flag, takes, takesField, type Stanza } from './stanza.js';
import { DEFAULTS, WORDS } from '../job-class/job-class.js';
import { UPSTART_DEFAULTS } from '../job-class/defaults.js';
import { LOG_PERIODS } from '../job-class/values.js';

/** Where the output of a job goes. */
export const OUTPUT: readonly Stanza[] = [
  {
    name: 'console',
    topic: 'Output',
    origin: 'Upstart',
    body: takes(
      [oneOf(...WORDS.console), optional(oneOf('pty', 'prefix', 'json'))],
      (draft, destination, form) => {
        const fits =
          form === undefined ||
          (destination === 'log' ? form === 'pty' : destination === 'output' && form !== 'pty');
        if (!fits) {
          const expected = destination === 'output' ? '`prefix` or `json`' : 'the end of the line';
          throw new Refusal({ line: 0, message: 'Unexpected token', found: `"${form}"`, expected });
        }
        draft.console = form === 'pty' ? 'pty' : destination;
        draft.consoleFormat = form === 'json' ? form : DEFAULTS.consoleFormat;
      },
      (job) => {
        if (job.console === undefined) return [];
        return [
          [
            ...(job.console === 'pty' ? ['log', 'pty'] : [job.console]),
            ...(job.consoleFormat === DEFAULTS.consoleFormat ? [] : [job.consoleFormat]),
          ],
        ];
      },
    ),
    default: UPSTART_DEFAULTS.console,
    meaning:
      "Sends output to the job's log (`log`), to the log through a terminal, for programs that buffer otherwise (`log pty`, `pty`), nowhere (`none`), or to foster's own output, with the job's name before each line (`output prefix`) or as JSON (`output json`). `owner` gives the job the console.",
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
    meaning: 'Rotates the log file when it reaches this size.',
    fields: { logSize: { type: 'integer', minimum: 1 } },
  },
  {
    name: 'log count',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logCount', integer('N', 'Illegal count, expected integer', 0, 10_000)),
    meaning: 'Keeps this many old log files.',
    fields: { logCount: { type: 'integer', minimum: 0 } },
  },
  {
    name: 'log rotate',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logPeriod', oneOf(...LOG_PERIODS)),
    meaning:
      'Also rotates the log file with the first output of a new hour, day, week (Monday) or month, in local time.',
    fields: { logPeriod: { enum: LOG_PERIODS } },
  },
  {
    name: 'log compress',
    topic: 'Output',
    origin: 'foster',
    body: flag('logCompress'),
    meaning: 'Compresses old log files with gzip. `foster log` reads them, too.',
    fields: { logCompress: { const: true } },
  },
  {
    name: 'log file',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logFile', absolutePath),
    default: 'a file of the log directory, named after the job',
    meaning:
      'Writes the log to this file or device. Instances write to `NAME-INSTANCE.log` instead of `NAME.log`. foster refuses a directory that other users than foster and root can write to.',
    fields: { logFile: { type: 'string', pattern: '^/' } },
  },
  {
    name: 'log split',
    topic: 'Output',
    origin: 'foster',
    body: flag('logSplit'),
    meaning:
      'Writes standard error to `NAME.err.log`. The order of lines between both files is then accurate to a hundredth of a second.',
    fields: { logSplit: { const: true } },
  },
];
