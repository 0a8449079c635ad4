import { oneOf, optional, optionalPath, text } from './argument.js';
import { takes, takesMany, flag, type Stanza } from './stanza.js';

const TEXTS = { type: 'array', items: { type: 'string', minLength: 1 } };

/** Upstart would copy a variable of this name from its own environment, which nobody has. */
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
    meaning:
      "Sets a variable. Without `=VALUE`, copies the variable from foster's environment. foster does not expand VALUE.",
    fields: { env: TEXTS },
  },
  {
    name: `env ${INHERIT}`,
    topic: 'Environment',
    origin: 'foster',
    body: flag('envInherit'),
    meaning: "Passes foster's whole environment to the job.",
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
      'Reads variables from this file before each start of a process, in the format of systemd: KEY=VALUE with quotes, comments and continuation lines. They override `env`, later files override earlier ones, and variables of an event or command override both. A `-` before the path allows the file to be missing. foster expands $NAME in the path.',
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
    meaning: 'Adds these variables of the job to its events `starting`, `started`, `stopping` and `stopped`.',
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
    meaning: 'Sets HOME, USER, SHELL and LOGNAME to the values of the `setuid` user.',
    fields: { userEnvironment: { type: 'boolean' } },
  },
];
