/**
 * A job class: what one job file defines, in either syntax. Plain data, declared once: the type, the default,
 * and how it is saved, because a live job keeps the class it was started with, even after its file has
 * changed.
 *
 * A `setting` has a default: it is always present. An `optional` field is undefined if the file does not set
 * it: then there is no value, or the effective one depends on something else (defaults.ts).
 */
import { amount, boolean, count, integer, literal, number, string } from '../../codec/codec.js';
import { dictionary, list, subset } from '../../codec/containers.js';
import { field, optional, setting } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';
import { expectedEvents } from '../expression/event-expression.js';
import {
  cgroupSetting,
  commandText,
  healthProbe,
  instances,
  limit,
  LOG_PERIODS,
  PROCESS_NAMES,
  ready,
  respawnDelay,
  runtimeDirectory,
  statusOrSignal,
} from './values.js';

export * from './values.js';

const strings = list(string);
const yes = literal(true);

/** The allowed words of some stanzas. */
export const WORDS = {
  expect: ['stop', 'daemon', 'fork', 'none'],
  startMatches: ['first', 'all'],
  handOff: ['any', 'session', 'never'],
  killMode: ['session', 'group', 'lineage', 'main', 'cgroup'],
  console: ['log', 'none', 'output', 'owner', 'pty'],
  healthAction: ['restart', 'mark'],
} as const;

export const jobClass = record({
  /** path below the configuration directory without extension: `net/apache` */
  name: string,
  source: record({ path: string, syntax: literal('conf', 'ini'), override: optional(string) }),

  description: optional(string),
  author: optional(string),
  version: optional(string),
  usage: optional(string),

  processes: subset(PROCESS_NAMES, commandText),
  startOn: optional(expectedEvents),
  stopOn: optional(expectedEvents),
  /** what to do with an event whose part of `start on` is already true; `first` is Upstart's behaviour */
  startMatches: setting(literal(...WORDS.startMatches), 'first'),

  /** `KEY=VALUE` literal, or `KEY` alone: copied from the supervisor's own environment */
  env: field(strings, { initial: [] }),
  /** absolute paths of files of variables; `-` before one that may be missing */
  envFiles: setting(strings, []),
  export: field(strings, { initial: [] }),
  emits: field(strings, { initial: [] }),
  instance: optional(string),
  instances: optional(instances),

  task: optional(yes),
  respawn: optional(yes),
  /** 0 in either means unlimited; `unlimited` is stored as 0 and 0 */
  respawnLimit: setting(amount, 10),
  /** the default depends on `respawnDelay` (respawnIntervalOf) */
  respawnInterval: optional(amount),
  respawnDelay: optional(respawnDelay),
  normalExit: setting(list(statusOrSignal), []),

  expect: setting(literal(...WORDS.expect), 'none'),
  ready: optional(ready),
  /** seconds; the same as systemd's start limit, on which authors of slow daemons rely */
  startTimeout: setting(amount, 90),
  /** seconds a hook may take, by hook */
  timeouts: setting(subset(PROCESS_NAMES, amount), {}),
  pidFile: optional(string),
  /**
   * to which process main may hand off when it ends with status 0; `session`: only to one that has left
   * main's session
   */
  handOff: setting(literal(...WORDS.handOff), 'any'),
  /** seconds between the keep-alives that main must send (`WATCHDOG=1` of sd_notify(3)) */
  watchdog: optional(amount),
  /** maximum number of descriptors kept for the job's next start (`FDSTORE=1` of sd_notify(3)) */
  fdStore: setting(count, 0),
  essential: optional(yes),
  health: optional(healthProbe),
  /**
   * seconds; Kubernetes' defaults for a liveness probe, except for its timeout of one second, which a busy
   * machine misses
   */
  healthInterval: setting(amount, 10),
  healthTimeout: setting(amount, 5),
  healthStartPeriod: setting(amount, 0),
  /** consecutive failed checks until the job is unhealthy */
  healthRetries: setting(count, 3),
  /** what to do then; the default depends on `respawn` */
  healthAction: optional(literal(...WORDS.healthAction)),

  /** if set, it also limits hooks (killTimeoutOf) */
  killTimeout: optional(amount),
  /**
   * name without SIG; a number, as text, if the signal has no name here: 37, or 0, which Upstart accepts and
   * real job files use to declare that they cannot reload (`reload signal 0`)
   */
  killSignal: setting(string, 'TERM'),
  /** DESIGN section 4: everything in main's session is ended, detached processes are left alone */
  killMode: setting(literal(...WORDS.killMode), 'session'),
  /** as killSignal */
  reloadSignal: setting(string, 'HUP'),

  /** the default is set on the command line */
  console: optional(literal(...WORDS.console)),
  /** must be readable next to the output of other jobs */
  consoleFormat: setting(literal('prefix', 'json'), 'prefix'),
  /**
   * rotation of log files: a day's output of a verbose daemon, and five old files, so that a job uses at most
   * 60 MiB
   */
  logSize: setting(amount, 10 * 1024 * 1024),
  logCount: setting(amount, 5),
  logPeriod: optional(literal(...LOG_PERIODS)),
  /** whether to compress old files */
  logCompress: optional(yes),
  /** an absolute path, instead of a file in the log directory */
  logFile: optional(string),
  /** stdout and stderr have separate files */
  logSplit: optional(yes),

  /** the default depends on how foster was started, like that of `nice`, `oomScoreAdj` and `chdir` */
  umask: optional(integer(0, 0o777, 'a file mode mask')),
  nice: optional(number),
  oomScoreAdj: optional(number),
  limits: setting(dictionary(limit), {}),
  chroot: optional(string),
  chdir: optional(string),
  runtimeDirs: setting(list(runtimeDirectory), []),
  setuid: optional(string),
  setgid: optional(string),
  /** HOME, USER, SHELL, LOGNAME with setuid; on in `.ini` */
  userEnvironment: setting(boolean, false),
  envInherit: optional(yes),
  apparmorSwitch: optional(string),
  cgroup: setting(list(cgroupSetting), []),
  debug: optional(yes),
  /** times of crontab(5) */
  schedule: optional(string),
  /** one start makes up for missed times of `schedule` */
  schedulePersistent: optional(yes),
  /** `manual` comes last: no event and no time starts it */
  manual: optional(yes),
  /** shorthand for events */
  requires: setting(strings, []),
  after: setting(strings, []),
});

export interface JobClass extends Recorded<typeof jobClass> {}

export type Expect = JobClass['expect'];
export type Console = NonNullable<JobClass['console']>;
export type KillMode = JobClass['killMode'];

/** The default of each setting. */
export const DEFAULTS = jobClass.initial;
