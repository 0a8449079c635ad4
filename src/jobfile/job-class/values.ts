/** The values of fields of a job class, and how they are saved. */

import {
  amount,
  checked,
  count,
  descriptor,
  integer,
  literal,
  string,
  type Codec,
} from '../../codec/codec.js';
import { asObject, list } from '../../codec/containers.js';
import { mismatch } from '../../codec/decode-error.js';
import { optional } from '../../codec/field.js';
import { record, variant, type Recorded } from '../../codec/record.js';
import { whyNoPattern } from '../pattern.js';

/** The processes of a job in the order in which they run (Upstart section 2). */
export const PROCESS_NAMES = [
  'security',
  'pre-start',
  'main',
  'post-start',
  'pre-stop',
  'post-stop',
] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

/** `exec` keeps its text as written (Upstart 1.3: quotes stay); a `script` is run by `/bin/sh -e`. */
export type CommandText =
  | { readonly exec: string }
  | { readonly script: string }
  /** words that are not parsed again: COMMAND of `foster init`; no job file can express this */
  | { readonly argv: readonly string[] };

/** The three forms, which have no common field to distinguish them. */
const COMMANDS = {
  exec: record({ exec: string }),
  script: record({ script: string }),
  argv: record({ argv: checked(list(string), 'at least one word', (words) => words.length > 0) }),
};

export const commandText: Codec<CommandText> = {
  write: (command) => command,
  read: (json) => {
    const source = asObject(json);
    if (Object.hasOwn(source, 'exec')) return COMMANDS.exec.read(json, undefined);
    if (Object.hasOwn(source, 'script')) return COMMANDS.script.read(json, undefined);
    if (Object.hasOwn(source, 'argv')) return COMMANDS.argv.read(json, undefined);
    return mismatch('one of exec, script, argv', json);
  },
};

export type LimitValue = number | 'unlimited';

const limitValue: Codec<LimitValue> = {
  write: (value) => value,
  read: (json) =>
    json === 'unlimited' || (typeof json === 'number' && Number.isFinite(json) && json >= 0)
      ? json
      : mismatch('a number of at least 0 or "unlimited"', json),
};

export const limit = record({ soft: limitValue, hard: limitValue });
export type Limit = Recorded<typeof limit>;

/** Exit statuses as numbers, signals as names without SIG. */
export const statusOrSignal: Codec<number | string> = {
  write: (value) => value,
  read: (json) =>
    typeof json === 'string' || (typeof json === 'number' && Number.isFinite(json))
      ? json
      : mismatch('an exit status or the name of a signal', json),
};

/** When `started` is emitted (DESIGN section 4). */
export const ready = variant('when', {
  auto: {},
  daemonised: {},
  exec: {},
  notify: {},
  fd: { fd: descriptor },
  port: { port: integer(0, 65535, 'a port') },
  path: { path: string },
  log: {
    pattern: checked(string, 'a regular expression', (pattern) => whyNoPattern(pattern) === undefined),
  },
});
export type Ready = Recorded<typeof ready>;

/** Exponential backoff between respawns; times in seconds. */
export const respawnDelay = record({
  first: amount,
  cap: amount,
  /** running this long resets the delay to `first` */
  resetAfter: amount,
  /** the first respawn is immediate, and `first` precedes the second: `respawn delay auto` */
  firstAtOnce: optional(literal(true)),
});
export type RespawnDelay = Recorded<typeof respawnDelay>;

const port = integer(1, 65535, 'a port');

const instanceCount: Codec<number | 'cpus'> = {
  write: (value) => value,
  read: (json, context) => (json === 'cpus' ? json : count.read(json, context)),
};

/** Copies of a job that run beside each other. */
export const instances = record({
  /** `cpus`: as many as the machine has processors */
  count: instanceCount,
  /** the number of the first one; default 1 */
  first: optional(count),
});

/** A health check of a running job. */
export const healthProbe = variant('by', {
  exec: { command: commandText },
  http: { host: string, port, path: string },
  tcp: { host: string, port },
});
export type HealthProbe = Recorded<typeof healthProbe>;

/** A directory that exists while the job runs. */
export const runtimeDirectory = record({
  /** an absolute path, or a name below /run (of an ordinary user: XDG_RUNTIME_DIR) */
  path: string,
  /** in octal */
  mode: optional(string),
});
export type RuntimeDirectory = Recorded<typeof runtimeDirectory>;

/** One line of the `cgroup` stanza, in order. */
export const cgroupSetting = record({
  controller: string,
  name: optional(string),
  key: optional(string),
  value: optional(string),
});
export type CgroupSetting = Recorded<typeof cgroupSetting>;

/** When to start a new log file, whatever the size of the old one. */
export const LOG_PERIODS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export type LogPeriod = (typeof LOG_PERIODS)[number];
