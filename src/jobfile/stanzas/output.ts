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
    meaning: 'Keeps so many old log files.',
    fields: { logCount: { type: 'integer', minimum: 0 } },
  },
  {
    name: 'log rotate',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logPeriod', oneOf(...LOG_PERIODS)),
    meaning:
      'Starts a new log file with the first output of an hour, day, week (Monday) or month in local time, too.',
    fields: { logPeriod: { enum: LOG_PERIODS } },
  },
  {
    name: 'log compress',
    topic: 'Output',
    origin: 'foster',
    body: flag('logCompress'),
    meaning: 'Compresses old log files by gzip; `foster log` reads them all the same.',
    fields: { logCompress: { const: true } },
  },
  {
    name: 'log file',
    topic: 'Output',
    origin: 'foster',
    body: takesField('logFile', absolutePath),
    default: 'a file of the log directory, named after the job',
    meaning:
      'Writes the log to this file, or device; an instance writes to `NAME-INSTANCE.log` instead of `NAME.log`. Nobody but foster and root may be able to write its directory.',
    fields: { logFile: { type: 'string', pattern: '^/' } },
  },
  {
    name: 'log split',
    topic: 'Output',
    origin: 'foster',
    body: flag('logSplit'),
    meaning:
      'Keeps standard error apart from standard output, in `NAME.err.log`; lines of the two are then in order only to a hundredth of a second.',
    fields: { logSplit: { const: true } },
  },
];
