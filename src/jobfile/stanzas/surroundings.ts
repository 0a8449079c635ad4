import {
  directoryMode,
  fileCreationMask,
  integer,
  limitValue,
  oneOf,
  oomAdjustment,
  oomScore,
  optional,
  runtimeDirectory,
  text,
} from './argument.js';
import { Refusal } from '../job-file-error.js';
import { takes, takesField, type Stanza } from './stanza.js';
import type { CgroupSetting, CommandText } from '../job-class/values.js';
import { UPSTART_DEFAULTS } from '../job-class/defaults.js';

const TEXT = { type: 'string', minLength: 1 };

/** Resources that Upstart knows; setrlimit(2) also has `locks`, which Linux has ignored since 2.4. */
const RESOURCES = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'sigpending',
  'stack',
] as const;
const LIMIT_VALUE = { type: ['integer', 'string'] };

/** Upstart stores `apparmor load` as this command (upstart.md 2). */
const APPARMOR_PARSER = '/sbin/apparmor_parser -r -W ';

function profileOf(security: CommandText | undefined): string | undefined {
  return security !== undefined && 'exec' in security && security.exec.startsWith(APPARMOR_PARSER)
    ? security.exec.slice(APPARMOR_PARSER.length)
    : undefined;
}

/**
 * Parses one line `cgroup CONTROLLER [NAME] [KEY VALUE]`, Upstart's form: the number of words distinguishes
 * them. foster's form is `cgroup FILE VALUE`, where FILE begins with its controller: `cgroup memory.max
 * 100M`.
 */
function cgroupSetting(controller: string, words: readonly (string | undefined)[]): CgroupSetting {
  const [first, second, third] = words;
  const dot = controller.indexOf('.');
  if (dot > 0) {
    const value = words.filter((word) => word !== undefined).join(' ');
    if (value === '') {
      const expected = `the value that ${controller} is to have`;
      throw new Refusal({ line: 0, message: 'Expected token', found: 'nothing', expected });
    }
    return { controller: controller.slice(0, dot), key: controller, value };
  }
  if (first === undefined) return { controller };
  if (second === undefined) return { controller, name: first };
  if (third === undefined) return { controller, key: first, value: second };
  return { controller, name: first, key: second, value: third };
}

/** Resources and restrictions of a job's processes. */
export const SURROUNDINGS: readonly Stanza[] = [
  {
    name: 'umask',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takes(
      [fileCreationMask],
      (draft, mask) => {
        draft.umask = mask;
      },
      (job) => (job.umask === undefined ? [] : [[job.umask.toString(8).padStart(4, '0')]]),
    ),
    default: UPSTART_DEFAULTS.umask.toString(8).padStart(3, '0'),
    meaning: 'Sets the file mode creation mask.',
    fields: { umask: { type: 'string', pattern: '^0[0-7]{3}$' } },
  },
  {
    name: 'nice',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('nice', integer('N', 'Illegal nice value, expected -20 to 19', -20, 19)),
    default: "foster's own",
    meaning: 'Sets the scheduling priority, from -20 (highest) to 19 (lowest).',
    fields: { nice: { type: 'integer', minimum: -20, maximum: 19 } },
  },
  {
    name: 'oom',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takes(
      [oomAdjustment],
      (draft, score) => {
        draft.oomScoreAdj = score;
      },
      () => [],
    ),
    default: String(UPSTART_DEFAULTS.oomScoreAdj),
    meaning: 'Sets how likely the OOM killer is to select the job, on the old scale from -17 to 15.',
    fields: { oomScoreAdj: { type: 'integer', minimum: -1000, maximum: 1000 } },
  },
  {
    name: 'oom score',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('oomScoreAdj', oomScore),
    default: String(UPSTART_DEFAULTS.oomScoreAdj),
    meaning: 'Sets how likely the OOM killer is to select the job, from -1000 (`never`) to 1000.',
    fields: { oomScoreAdj: { type: 'integer', minimum: -1000, maximum: 1000 } },
  },
  {
    name: 'limit',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takes(
      [{ ...oneOf(...RESOURCES), name: 'RESOURCE' }, limitValue('SOFT'), limitValue('HARD')],
      (draft, resource, soft, hard) => {
        draft.limits[resource] = { soft, hard };
      },
      (job) => Object.entries(job.limits).map(([name, { soft, hard }]) => [name, String(soft), String(hard)]),
    ),
    accumulates: true,
    meaning: `Sets a resource limit of setrlimit(2): ${RESOURCES.join(', ')}.`,
    fields: {
      limits: {
        type: 'object',
        propertyNames: { enum: RESOURCES },
        additionalProperties: {
          type: 'object',
          properties: { soft: LIMIT_VALUE, hard: LIMIT_VALUE },
          required: ['soft', 'hard'],
          additionalProperties: false,
        },
      },
    },
  },
  {
    name: 'chroot',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('chroot', text('DIR', 'a directory')),
    meaning: 'Changes the root directory.',
    fields: { chroot: TEXT },
  },
  {
    name: 'chdir',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('chdir', text('DIR', 'a directory')),
    default: '`/`; unchanged for an ordinary user',
    meaning: 'Changes the working directory, inside `chroot`.',
    fields: { chdir: TEXT },
  },
  {
    name: 'runtime dir',
    topic: 'Privileges and resources',
    origin: 'foster',
    body: takes(
      [runtimeDirectory, optional(directoryMode)],
      (draft, path, mode) => {
        draft.runtimeDirs = [...draft.runtimeDirs, { path, ...(mode !== undefined && { mode }) }];
      },
      (job) => job.runtimeDirs.map(({ path, mode }) => (mode === undefined ? [path] : [path, mode])),
    ),
    accumulates: true,
    default: 'MODE 0755',
    meaning:
      'Creates this directory before the first process of the job, for the user and group of `setuid` and `setgid`. Removes it with its contents when the job has stopped; a respawn and a restart keep it. NAME is below /run (XDG_RUNTIME_DIR for an ordinary user), and foster expands $NAME in it. RUNTIME_DIRECTORY contains the paths, separated by colons. foster removes only directories that it created.',
    fields: {
      runtimeDirs: {
        type: 'array',
        items: {
          type: 'object',
          properties: { path: TEXT, mode: { type: 'string', pattern: '^[0-7]{4}$' } },
          required: ['path'],
          additionalProperties: false,
        },
      },
    },
  },
  {
    name: 'setuid',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('setuid', text('USER', 'the name of a user')),
    meaning:
      "Runs the processes as this user (a name or a UID), with the user's primary group unless `setgid` is set.",
    fields: { setuid: TEXT },
  },
  {
    name: 'setgid',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('setgid', text('GROUP', 'the name of a group')),
    meaning: 'Runs the processes with this group (a name or a GID).',
    fields: { setgid: TEXT },
  },
  {
    name: 'cgroup',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takes(
      [
        text('CONTROLLER|FILE', 'the name of a controller, or of a file of its groups'),
        optional(text('NAME', 'a name')),
        optional(text('KEY', 'a key')),
        optional(text('VALUE', 'a value')),
      ],
      (draft, controller, ...words) => {
        draft.cgroup.push(cgroupSetting(controller, words));
      },
      (job) =>
        job.cgroup.map(({ controller, name, key, value }) =>
          (key?.startsWith(`${controller}.`) === true && name === undefined
            ? [key, value]
            : [controller, name, key, value]
          ).filter((word) => word !== undefined),
        ),
    ),
    accumulates: true,
    meaning:
      "Puts the job into a control group of its own (or one called NAME) before its first instruction, and sets limits: `cgroup memory.max 100M`, `cpu.max 50%`, `pids.max 64`, `io.max '8:0 rbps=1048576'`, or any other file of the group. Upstart's form sets KEY of CONTROLLER to VALUE. `cgroup *` creates the group without limits. See docs/cgroups.md.",
    fields: {
      cgroup: {
        type: 'array',
        items: {
          type: 'object',
          properties: { controller: TEXT, name: TEXT, key: TEXT, value: TEXT },
          required: ['controller'],
          additionalProperties: false,
        },
      },
    },
  },
  {
    name: 'apparmor load',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takes(
      [text('FILE', 'the path of a profile')],
      (draft, file) => {
        draft.processes.security = { exec: APPARMOR_PARSER + file };
      },
      (job) => {
        const profile = profileOf(job.processes.security);
        return profile === undefined ? [] : [[profile]];
      },
    ),
    meaning: 'Loads this AppArmor profile before any process of the job starts. A failure is ignored.',
    fields: {},
  },
  {
    name: 'apparmor switch',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: takesField('apparmorSwitch', text('PROFILE', 'the name of a profile')),
    meaning: 'Runs main under this AppArmor profile.',
    fields: { apparmorSwitch: TEXT },
  },
  {
    name: 'debug',
    topic: 'Privileges and resources',
    origin: 'Upstart',
    body: {
      kind: 'word',
      apply: (draft) => {
        draft.debug = true;
      },
      write: (job) => job.debug === true,
    },
    meaning: 'Has no effect. foster accepts it in job files of Upstart.',
    fields: { debug: { const: true } },
  },
];
