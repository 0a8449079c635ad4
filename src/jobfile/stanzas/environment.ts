import { oneOf, optional, optionalPath, text } from './argument.js';
import { takes, takesMany, flag, type Stanza } from './stanza.js';

const TEXTS = { type: 'array', items: { type: 'string', minLength: 1 } };

/** Upstart would copy a variable of this name from its own environment; nobody has one. */
const INHERIT = 'inherit';

/** The variables that the processes of a job get. */
export const ENVIRONMENT: readonly Stanza[] = [
  {
    name: 'env',
    topic: 'Environment',
    origin: 'Upstart',
    body: takes(
      [text('KEY[=VALUE]', 'a variable')],
      (draft, variable) => {
        if (variable === INHERIT) draft.envInherit = true;
        else draft.env = [...draft.env, variable];
      },
      (job) => job.env.map((variable) => [variable]),
    ),
    accumulates: true,
    meaning: 'Sets a variable to VALUE as it stands, or, without a value, to what the supervisor itself has.',
    fields: { env: TEXTS },
  },
  {
    name: `env ${INHERIT}`,
    topic: 'Environment',
    origin: 'foster',
    body: flag('envInherit'),
    meaning: "Gives the job all of the supervisor's environment.",
    fields: { envInherit: { const: true } },
  },
  {
    name: 'env file',
    topic: 'Environment',
    origin: 'foster',
    body: takes(
      [optionalPath],
      (draft, path) => {
        draft.envFiles = [...draft.envFiles, path];
      },
      (job) => job.envFiles.map((path) => [path]),
    ),
    accumulates: true,
    meaning:
      'Reads variables from this file before each start of a process, in the form of systemd: KEY=VALUE, with quotes, comments and lines continued by a backslash. They replace those of `env`; a later file replaces an earlier one, and what an event or a command has set replaces both. A `-` before the path says that the file may be missing. $NAME in the path is replaced.',
    fields: { envFiles: TEXTS },
  },
  {
    name: 'export',
    topic: 'Environment',
    origin: 'Upstart',
    body: takesMany(
      text('KEY...', 'the name of a variable'),
      (draft, keys) => {
        draft.export = [...draft.export, ...keys];
      },
      (job) => job.export,
    ),
    accumulates: true,
    meaning: 'Adds these variables of the job to its `starting`, `started`, `stopping` and `stopped` events.',
    fields: { export: TEXTS },
  },
  {
    name: 'user environment',
    topic: 'Environment',
    origin: 'foster',
    body: takes(
      [optional(oneOf('on', 'off'))],
      (draft, state) => {
        draft.userEnvironment = state !== 'off';
      },
      (job, syntax) => {
        if (job.userEnvironment) return [['on']];
        return syntax === 'ini' ? [['off']] : [];
      },
    ),
    default: 'on in `.ini`, off in `.conf`',
    meaning: 'Sets HOME, USER, SHELL and LOGNAME to what belongs to `setuid`.',
    fields: { userEnvironment: { type: 'boolean' } },
  },
];
