import type { Ready } from '../job-class/values.js';
import { integer, oneOf, regularExpression, seconds, text } from './argument.js';
import { takes, takesField, type Stanza } from './stanza.js';

const READY = {
  oneOf: [
    { when: { enum: ['auto', 'daemonised', 'exec', 'notify'] } },
    { when: { const: 'fd' }, fd: { type: 'integer', minimum: 3 } },
    { when: { const: 'port' }, port: { type: 'integer', minimum: 1, maximum: 65535 } },
    { when: { const: 'path' }, path: { type: 'string', minLength: 1 } },
    { when: { const: 'log' }, pattern: { type: 'string', minLength: 1 } },
  ].map((properties) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })),
};

/** Returns the words of a `ready` line other than its value, for the kinds that have one. */
function wordsOf<When extends Ready['when']>(
  ready: Ready | undefined,
  when: When,
  value: (ready: Extract<Ready, { when: When }>) => string | number,
): string[][] {
  return ready?.when === when ? [[String(value(ready as Extract<Ready, { when: When }>))]] : [];
}

/** When a job counts as started, and what it reports about itself. */
export const READINESS: readonly Stanza[] = [
  {
    name: 'ready',
    topic: 'Readiness',
    origin: 'foster',
    body: takes(
      [oneOf('auto', 'daemonised', 'exec', 'notify', 'upstart')],
      (draft, when) => {
        // Upstart's rule is the default
        if (when === 'upstart') delete draft.ready;
        else draft.ready = { when };
      },
      (job, syntax) => {
        if (job.ready === undefined) return syntax === 'ini' ? [['upstart']] : [];
        return 'fd' in job.ready || 'port' in job.ready || 'path' in job.ready || 'pattern' in job.ready
          ? []
          : [[job.ready.when]];
      },
    ),
    default: '`auto` in `.ini`, `upstart` in `.conf`',
    meaning:
      'Defines when the job counts as started. `auto`: when it is in the background, or has been up for a second. `daemonised`: when it is in the background. `exec`: at exec. `notify`: at `READY=1` of sd_notify(3). `upstart`: as `expect` says.',
    fields: { ready: READY },
  },
  {
    name: 'ready fd',
    topic: 'Readiness',
    origin: 'foster',
    body: takes(
      [integer('N', 'Illegal file descriptor, expected integer', 3, 1023)],
      (draft, fd) => {
        draft.ready = { when: 'fd', fd };
      },
      (job) => wordsOf(job.ready, 'fd', (ready) => ready.fd),
    ),
    meaning: 'The job counts as started when it writes a line to this file descriptor.',
    fields: { ready: READY },
  },
  {
    name: 'ready port',
    topic: 'Readiness',
    origin: 'foster',
    body: takes(
      [integer('N', 'Illegal port, expected integer', 1, 65535)],
      (draft, port) => {
        draft.ready = { when: 'port', port };
      },
      (job) => wordsOf(job.ready, 'port', (ready) => ready.port),
    ),
    meaning: 'The job counts as started when it listens on this TCP port.',
    fields: { ready: READY },
  },
  {
    name: 'ready path',
    topic: 'Readiness',
    origin: 'foster',
    body: takes(
      [text('PATH', 'a path')],
      (draft, path) => {
        draft.ready = { when: 'path', path };
      },
      (job) => wordsOf(job.ready, 'path', (ready) => ready.path),
    ),
    meaning:
      'The job counts as started when this file has been created. A file from an earlier run does not count.',
    fields: { ready: READY },
  },
  {
    name: 'ready log',
    topic: 'Readiness',
    origin: 'foster',
    body: takes(
      [regularExpression],
      (draft, pattern) => {
        draft.ready = { when: 'log', pattern };
      },
      (job) => wordsOf(job.ready, 'log', (ready) => ready.pattern),
    ),
    meaning:
      'The job counts as started when a line of its output matches this regular expression. The syntax is that of RE2: no lookaround, no backreferences, no repeats over 1000. foster looks at the first 4096 characters of each line.',
    fields: { ready: READY },
  },
  {
    name: 'start timeout',
    topic: 'Readiness',
    origin: 'foster',
    body: takesField('startTimeout', seconds('SECONDS', 0.001)),
    meaning: 'Fails the start if main is not ready in time. `timeout` limits the other processes.',
    fields: { startTimeout: { type: 'number', exclusiveMinimum: 0 } },
  },
  {
    name: 'pid file',
    topic: 'Readiness',
    origin: 'foster',
    body: takesField('pidFile', text('PATH', 'a path')),
    meaning:
      'Names a PID file that decides which process is main if there are several candidates. foster ignores the file if its PID is not a process of this job, or if it is not a regular file.',
    fields: { pidFile: { type: 'string', minLength: 1 } },
  },
  {
    name: 'watchdog',
    topic: 'Readiness',
    origin: 'foster',
    body: takesField('watchdog', seconds('SECONDS', 0.001)),
    meaning:
      'Sends ABRT to a running job that does not send `WATCHDOG=1` (sd_notify(3)) within this time. `respawn` decides what follows.',
    fields: { watchdog: { type: 'number', exclusiveMinimum: 0 } },
  },
  {
    name: 'fd store',
    topic: 'Readiness',
    origin: 'foster',
    body: takesField(
      'fdStore',
      integer('COUNT', 'Illegal number of file descriptors, expected integer', 0, 253),
    ),
    meaning:
      'Stores up to COUNT file descriptors of the job (`FDSTORE=1` of sd_notify(3)) and passes them to its next start (sd_listen_fds(3)). foster closes them when the job stops.',
    fields: { fdStore: { type: 'integer', minimum: 0, maximum: 253 } },
  },
];
